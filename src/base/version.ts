import { arch } from 'node:os';

/** bryo's own version (semver.org); the same as in package.json, which a test holds. */
export const version = '0.1.0';

/** The podman release whose command line this follows: what programs that call podman ask for. */
export const podmanVersion = '5.4.2';

/** Docker's API level that clients' version checks look for. */
export const apiVersion = '1.41';

/** The machine's architecture as Go and OCI name it. */
export function goArch(): string {
  return { x64: 'amd64', ia32: '386' }[arch() as string] ?? arch();
}
