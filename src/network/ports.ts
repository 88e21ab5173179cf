import type { PortMapping } from './types.ts';

/** Ports that follow each other on both sides. */
export interface PortRange extends PortMapping {
  count: number;
}

/** Adjacent ports as one entry, as `ps` lists them. */
export function foldPorts(ports: readonly PortMapping[]): PortRange[] {
  const folded: PortRange[] = [];
  for (const port of ports) {
    const last = folded.at(-1);
    const follows =
      last !== undefined &&
      last.hostIp === port.hostIp &&
      last.protocol === port.protocol &&
      last.hostPort + last.count === port.hostPort &&
      last.containerPort + last.count === port.containerPort;
    if (follows) last.count += 1;
    else folded.push({ ...port, count: 1 });
  }
  return folded;
}

/** `0.0.0.0:8080->80/tcp` or `0.0.0.0:8000-8002->8000-8002/tcp`, as listings show ports. */
export function formatPort({ hostIp, count, ...port }: PortRange): string {
  const host = hostIp.includes(':') ? `[${hostIp}]` : hostIp;
  const numbers = (first: number): string =>
    count === 1 ? String(first) : `${first}-${first + count - 1}`;
  return `${host}:${numbers(port.hostPort)}->${numbers(port.containerPort)}/${port.protocol}`;
}
