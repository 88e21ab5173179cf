import { resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';

/** Places of images besides registries (containers-transports(5)). */
export type PathTransport = 'oci' | 'oci-archive' | 'docker-archive' | 'dir';

export type TransportReference =
  | { transport: 'docker'; name: string }
  | {
      transport: PathTransport;
      /** Absolute. */
      path: string;
      /** Which image of several: a name, or `@N` for the one at a place. */
      image: string | null;
    }
  | {
      transport: 'containers-storage';
      /** Of the other engine's store; null: where podman keeps the caller's. */
      root: string | null;
      driver: string | null;
      /** Name or id there. */
      name: string;
    };

const foreign = ['atomic', 'docker-daemon', 'ostree', 'sif', 'tarball'];

function needPath(transport: string, path: string): string {
  if (path !== '') return resolve(path);
  throw new BryoError('bad-reference', `${transport}: needs a path`, {
    hint: `as in ${transport}:/some/where`,
  });
}

/** `[[driver@]graphroot[+runroot]]name`; its own names take an id after `@`. */
function parseStorage(rest: string): TransportReference {
  const [, location = '', name = ''] = /^(?:\[([^\]]*)\])?(.*)$/s.exec(rest) ?? [];
  if (name === '') throw new BryoError('bad-reference', 'containers-storage: needs a name');
  const [, driver, place = ''] = /^(?:([a-z0-9-]+)@)?([^+:]*)/.exec(location) ?? [];
  return {
    transport: 'containers-storage',
    root: place === '' ? null : resolve(place),
    driver: driver ?? null,
    name,
  };
}

/**
 * The transport that a text names; null: it is the name of an image and nothing else. Errors:
 * `bad-reference`, `unsupported-transport`.
 */
export function parseTransport(text: string): TransportReference | null {
  const [, transport = '', rest = ''] = /^([a-z][a-z-]*):(.*)$/s.exec(text) ?? [];
  switch (transport) {
    case 'docker':
      return rest.startsWith('//') ? { transport, name: rest.slice(2) } : null;
    case 'dir':
      return { transport, path: needPath(transport, rest), image: null };
    case 'oci':
    case 'oci-archive':
    case 'docker-archive': {
      const colon = rest.indexOf(':');
      const path = needPath(transport, colon < 0 ? rest : rest.slice(0, colon));
      const image = colon < 0 ? null : rest.slice(colon + 1);
      return { transport, path, image: image || null };
    }
    case 'containers-storage':
      return parseStorage(rest);
    default:
      if (!foreign.includes(transport)) return null;
      throw new BryoError('unsupported-transport', `images of ${transport}: are not supported`, {
        hint: 'docker, oci, oci-archive, docker-archive, dir and containers-storage are',
      });
  }
}
