import { readFileSync } from 'node:fs';

/** The settings of a resolv.conf(5). */
export interface Resolver {
  servers: string[];
  search: string[];
  options: string[];
}

export function parseResolvConf(text: string): Resolver {
  const resolver: Resolver = { servers: [], search: [], options: [] };
  for (const line of text.split('\n')) {
    const [key, ...words] = line.trim().split(/\s+/);
    if (key === 'nameserver' && words[0] !== undefined) resolver.servers.push(words[0]);
    if (key === 'search' || key === 'domain') resolver.search = words;
    if (key === 'options') resolver.options.push(...words);
  }
  return resolver;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function readResolver(path: string): Resolver | null {
  try {
    return parseResolvConf(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * The host's resolver. systemd-resolved's stub listens on the loopback only, which no container
 * reaches: its own servers stand in another file (systemd-resolved.service(8)).
 */
export function hostResolver(): Resolver {
  const own = readResolver('/etc/resolv.conf') ?? { servers: [], search: [], options: [] };
  const stub = own.servers.length > 0 && own.servers.every((server) => server === '127.0.0.53');
  return (stub ? readResolver('/run/systemd/resolve/resolv.conf') : null) ?? own;
}

/** Whether a container with a network of its own can reach one of the host's servers directly. */
export function hasReachableServer(resolver: Resolver): boolean {
  return resolver.servers.some((server) => !isLoopback(server));
}

export interface ResolvConfInput {
  host: Resolver;
  /** `--dns`, `--dns-search`, `--dns-option`. */
  servers: readonly string[];
  search: readonly string[];
  options: readonly string[];
  /** Name service of the network helper; null: the host's servers are reached as they are. */
  helperServer: string | null;
  /** The other address of that name service; absent: it has none. */
  helperServer6?: string;
  /** The container shares the host's network and so its loopback. */
  sharesHost: boolean;
}

/** The container's /etc/resolv.conf. */
export function buildResolvConf(input: ResolvConfInput): string {
  const { host } = input;
  const reachable = input.sharesHost ? host.servers : host.servers.filter((s) => !isLoopback(s));
  const { helperServer, helperServer6 = null } = input;
  const own = [helperServer, helperServer6].filter((server) => server !== null);
  // The helper asks the first of the host's servers: the others stand in for it.
  const servers = [...own, ...reachable];
  const search = input.search.length > 0 ? input.search.filter((d) => d !== '.') : host.search;
  const options = input.options.length > 0 ? input.options : host.options;
  const lines = (input.servers.length > 0 ? input.servers : servers).map((s) => `nameserver ${s}`);
  if (search.length > 0) lines.unshift(`search ${search.join(' ')}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
