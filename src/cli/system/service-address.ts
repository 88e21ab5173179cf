import { BryoError } from '../../base/errors.ts';

/** A place where the service listens. */
export type ServiceAddress =
  | { kind: 'unix'; path: string }
  /** Sockets that the service manager has opened (sd_listen_fds(3)), all or those of a name. */
  | { kind: 'fd'; name: string | null }
  | { kind: 'tcp'; host: string; port: number };

function tcpAddress(uri: string, rest: string): ServiceAddress {
  const [, six, plain, digits = ''] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:/[\]]*)):(\d{1,5})\/?$/.exec(rest) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    throw new BryoError('usage', `${uri}: the address of a service is tcp://HOST:PORT`);
  }
  return { kind: 'tcp', host: six ?? (plain || '0.0.0.0'), port };
}

/** Takes the URI of a service apart. Throws BryoError `usage`. */
export function readServiceAddress(uri: string): ServiceAddress {
  const [, scheme = '', rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(.*)$/s.exec(uri) ?? [];
  switch (scheme.toLowerCase()) {
    case 'unix':
      if (!rest.startsWith('/') || rest.endsWith('/')) {
        throw new BryoError('usage', `${uri}: the path of a socket is absolute: unix:///PATH`);
      }
      return { kind: 'unix', path: rest };
    case 'tcp':
      return tcpAddress(uri, rest);
    case 'fd':
      return { kind: 'fd', name: rest === '' ? null : rest };
    default:
      throw new BryoError(
        'usage',
        `API Service endpoint scheme ${JSON.stringify(scheme)} is not supported. Try tcp://${uri} or unix://${uri}`,
      );
  }
}

const first = 3;

/** The sockets that a service manager has opened for this process, by number; `names` are those of sd_listen_fds_with_names(3). */
export function activatedSockets(
  environment: NodeJS.ProcessEnv,
  pid: number,
): { fd: number; name: string }[] {
  const { LISTEN_FDS: count = '', LISTEN_PID: to = '', LISTEN_FDNAMES: names = '' } = environment;
  if (!/^\d{1,3}$/.test(count) || Number(to) !== pid) return [];
  const given = names.split(':');
  return Array.from({ length: Number(count) }, (_, index) => ({
    fd: first + index,
    name: given[index] || 'unknown',
  }));
}

/** Whether only processes of this machine reach an address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
