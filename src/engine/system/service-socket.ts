import { existsSync } from 'node:fs';

/** The program whose place a socket is at: called podman, bryo has podman's. */
export type ServiceName = 'bryo' | 'podman';

/**
 * Where the service of the API listens when nobody says otherwise, and where its clients look; null: XDG_RUNTIME_DIR,
 * below which it is but for root, is not set.
 */
export function usualServiceSocket(
  name: ServiceName,
  runtime: string | undefined = process.env['XDG_RUNTIME_DIR'],
): string | null {
  const directory = process.geteuid?.() === 0 ? '/run' : runtime;
  return directory ? `${directory}/${name}/${name}.sock` : null;
}

/** A socket of the API's service, as podman-info(1) shows it. */
export interface ServiceSocket {
  /** Empty: there is no usual one. */
  path: string;
  exists: boolean;
}

/** The socket that clients are to use: of bryo's and podman's place the one where a socket is, `name`'s first. */
export function findServiceSocket(name: ServiceName): ServiceSocket {
  const names: ServiceName[] = name === 'podman' ? ['podman', 'bryo'] : ['bryo', 'podman'];
  const paths = names.map((one) => usualServiceSocket(one)).filter((path) => path !== null);
  const found = paths.find((path) => existsSync(path));
  return { path: found ?? paths[0] ?? '', exists: found !== undefined };
}
