import type { ContainerOptions } from '../request/container.ts';
import { type PortRequest, parseExposedPort } from '../request/ports.ts';

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
