import type { ContainerOptions } from '../request/container.ts';
import type { PortRequest } from '../request/ports.ts';
import { parseExposedPort } from '../request/ports.ts';

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
