import { HttpProblem } from '../http/problem.ts';

/** A version of an API, major and minor. */
export interface ApiVersion {
  major: number;
  minor: number;
}

/** The versions of Docker Engine's API that are served. */
export const dockerApi = { newest: '1.48', oldest: '1.24' } as const;

/** The versions of podman's API; clients of podman 4 and 5 are served. */
export const libpodApi = { newest: '5.4.2', oldest: '4.0.0' } as const;

/** The two first numbers of a version: `1.41`, `5.4.2`. */
export function readVersion(text: string): ApiVersion {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return { major, minor };
}

/** Negative, 0 or positive, as the first version is older, the same or newer. */
export function compareVersions(one: ApiVersion, other: ApiVersion): number {
  return one.major - other.major || one.minor - other.minor;
}

/** Whether a client's version is at least this one: `isSince(version, '1.44')`. */
export function isSince(version: ApiVersion, text: string): boolean {
  return compareVersions(version, readVersion(text)) >= 0;
}

/** Throws HttpProblem 400 for a version of Docker's API that is not served, in Docker's words. */
export function checkDockerVersion(text: string): ApiVersion {
  const version = readVersion(text);
  if (compareVersions(version, readVersion(dockerApi.newest)) > 0) {
    throw new HttpProblem(
      400,
      `client version ${text} is too new. Maximum supported API version is ${dockerApi.newest}`,
    );
  }
  if (compareVersions(version, readVersion(dockerApi.oldest)) < 0) {
    throw new HttpProblem(
      400,
      `client version ${text} is too old. Minimum supported API version is ${dockerApi.oldest}, please upgrade your client to a newer version`,
    );
  }
  return version;
}
