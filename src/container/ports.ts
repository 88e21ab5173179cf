import { BryoError } from '../base/errors.ts';
import type { ContainerOptions } from '../request/container.ts';
import { type PortRequest, parseExposedPort } from '../request/ports.ts';
import type { ContainerRecord } from './record.ts';

const portCount = 65_536;

/** The ports of one protocol that nobody has taken yet. However many ranges overlap, each port is met once. */
class FreePorts {
  /** Of each port the next one that is not taken, itself or a later one; links are shortened as they are followed. */
  readonly #next = Uint32Array.from({ length: portCount + 1 }, (_, port) => port);

  #from(port: number): number {
    let free = port;
    while (this.#next[free] !== free) free = this.#next[free] ?? portCount;
    for (let at = port; at !== free; ) {
      const following = this.#next[at] ?? portCount;
      this.#next[at] = free;
      at = following;
    }
    return free;
  }

  /** Takes what is left of a range. */
  take(first: number, count: number): number[] {
    const taken: number[] = [];
    for (let port = this.#from(first); port < first + count; port = this.#from(port)) {
      taken.push(port);
      this.#next[port] = port + 1;
    }
    return taken;
  }
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
  const free = { tcp: new FreePorts(), udp: new FreePorts() };
  for (const { protocol, containerPort, count } of options.ports) {
    free[protocol].take(containerPort, count);
  }
  const exposed = [...ofImage.map(parseExposedPort), ...options.expose];
  const others = exposed.flatMap((range) =>
    free[range.protocol]
      .take(range.containerPort, range.count)
      .map((containerPort) => ({ ...range, containerPort, count: 1 })),
  );
  return [...options.ports, ...others];
}

/** A port on which a container says that it listens. */
export interface ExposedPort {
  port: number;
  protocol: 'tcp' | 'udp';
}

/** `80/tcp`, the key of Docker's objects. */
export function portKey({ port, protocol }: ExposedPort): string {
  return `${port}/${protocol}`;
}

/** By protocol, then by number. */
function ordered(ranges: readonly PortRequest[]): ExposedPort[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const numbers = new Set<number>();
    for (const { containerPort, count, ...range } of ranges) {
      if (range.protocol !== protocol) continue;
      for (let at = 0; at < count; at += 1) numbers.add(containerPort + at);
    }
    return [...numbers].sort((a, b) => a - b).map((port) => ({ port, protocol }));
  });
}

/** Ports that follow each other as one word: `80/tcp`, `3300-3310/udp`. The ports are in order. */
export function formatExposed(ports: readonly ExposedPort[]): string[] {
  const ranges: { first: number; last: number; protocol: string }[] = [];
  for (const { port, protocol } of ports) {
    const range = ranges.at(-1);
    if (range?.protocol === protocol && range.last + 1 === port) range.last = port;
    else ranges.push({ first: port, last: port, protocol });
  }
  return ranges.map(
    ({ first, last, protocol }) => `${first === last ? first : `${first}-${last}`}/${protocol}`,
  );
}

/** A port of an image that cannot be read is none. */
function readExposed(words: readonly string[]): PortRequest[] {
  return words.flatMap((word) => {
    try {
      return [parseExposedPort(word)];
    } catch (error) {
      if (error instanceof BryoError) return [];
      throw error;
    }
  });
}

/** The part of a record about the ports that the image and --expose tell of. */
export function recordExposed(
  imagePorts: readonly string[],
  asked: readonly PortRequest[],
): { exposed?: string[] } {
  const exposed = formatExposed(ordered([...readExposed(imagePorts), ...asked]));
  return exposed.length === 0 ? {} : { exposed };
}

/** The ports that a container's image and its --expose tell of, by protocol and number. */
export function exposedPorts({ exposed, options }: ContainerRecord): ExposedPort[] {
  return ordered(exposed === undefined ? options.expose : readExposed(exposed));
}

/** Exposed ports that are not among the published ones. */
export function unpublished(
  record: ContainerRecord,
  published: readonly { containerPort: number; count?: number; protocol: string }[],
): ExposedPort[] {
  const exposed = exposedPorts(record);
  if (exposed.length === 0) return exposed;
  const known = new Set(
    published.flatMap(({ containerPort, count = 1, protocol }) =>
      Array.from({ length: count }, (_, at) => `${containerPort + at}/${protocol}`),
    ),
  );
  return exposed.filter((port) => !known.has(portKey(port)));
}
