import { BryoError } from '../base/errors.ts';
import type { ContainerOptions, PortRequest } from './options.ts';

/** `80`, `80/tcp`, `3300-3310/udp`: a port that an image or --expose tells of. */
export function parseExposedPort(text: string): PortRequest {
  const [, from, to, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/i.exec(text) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (from === undefined || first < 1 || last > 65_535 || last < first) {
    throw new BryoError('bad-port', `invalid port ${JSON.stringify(text)}`, {
      hint: 'PORT[-PORT][/tcp|udp] is needed',
    });
  }
  return {
    hostIp: null,
    hostPort: null,
    containerPort: first,
    count: last - first + 1,
    protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp',
  };
}

/** Single ports. */
function single(ports: readonly PortRequest[]): PortRequest[] {
  return ports.flatMap((port) =>
    Array.from({ length: port.count }, (_, at) => ({
      ...port,
      hostPort: port.hostPort === null ? null : port.hostPort + at,
      containerPort: port.containerPort + at,
      count: 1,
    })),
  );
}

/**
 * The ports to publish: those that were asked for, and with --publish-all each other one that the
 * image or --expose tells of, at a free port of the host.
 */
export function publishedPorts(
  options: Pick<ContainerOptions, 'ports' | 'expose' | 'publishAll'>,
  ofImage: readonly string[],
): PortRequest[] {
  if (!options.publishAll) return options.ports;
  const key = ({ containerPort, protocol }: PortRequest): string => `${containerPort}/${protocol}`;
  const taken = new Set(single(options.ports).map(key));
  const ports = [...options.ports];
  for (const port of single([...ofImage.map(parseExposedPort), ...options.expose])) {
    if (taken.has(key(port))) continue;
    taken.add(key(port));
    ports.push(port);
  }
  return ports;
}
