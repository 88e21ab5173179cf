import { statSync } from 'node:fs';
import { release } from 'node:os';
import { goArch, podmanVersion, version } from '../../base/version.ts';
import { dockerVersion } from './names.ts';

/** The newest and the oldest version of an API that is served. */
interface ServedApi {
  newest: string;
  oldest: string;
}

/** The versions of the service, as Docker Engine's API has them. */
export function dockerVersionDocument(api: { docker: ServedApi; libpod: ServedApi }) {
  const { docker, libpod } = api;
  // Of the program itself: nothing else says when it was built.
  const built = statSync('/proc/self/exe').mtime.toISOString();
  const machine = { Arch: goArch(), KernelVersion: release(), Os: 'linux' };
  const common = { BuildTime: built, Experimental: 'false', GitCommit: '', GoVersion: '' };
  return {
    Platform: { Name: `bryo ${version}` },
    Components: [
      {
        // Clients of podman look for the name, and for the API's version in its details.
        Name: 'Podman Engine',
        Version: podmanVersion,
        Details: { ...common, ...machine, APIVersion: libpod.newest, MinAPIVersion: libpod.oldest },
      },
      {
        Name: 'Engine',
        Version: dockerVersion,
        Details: { ...common, ...machine, ApiVersion: docker.newest, MinAPIVersion: docker.oldest },
      },
      { Name: 'bryo', Version: version, Details: { GitCommit: '' } },
    ],
    Version: dockerVersion,
    ApiVersion: docker.newest,
    MinAPIVersion: docker.oldest,
    GitCommit: '',
    GoVersion: '',
    ...machine,
    Experimental: false,
    BuildTime: built,
  };
}
