import { readFileSync } from 'node:fs';

export interface HostsInput {
  /** Text of the host's /etc/hosts, whose entries containers see, too, or of another file. */
  base: string;
  /** The file that hosts are taken from was asked for: it may say who the container is itself. */
  baseAsked: boolean;
  /** `--add-host`, with host-gateway resolved. */
  added: readonly { host: string; address: string }[];
  /** The container's addresses on its networks; none: it has none of its own. */
  addresses: readonly string[];
  /** Address at which the host is reached from inside; null: it is not. */
  hostAddress: string | null;
  hostname: string;
  name: string;
}

function namesOf(line: string): string[] {
  return line.split(/\s+/).slice(1);
}

/** Entries of the host for its own name would point to the wrong machine. */
function usableLines({ base, baseAsked, hostname }: HostsInput): string[] {
  return base
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .filter((line) => baseAsked || !namesOf(line).includes(hostname))
    .filter((line) => !/^(127\.|::1|ff0|fe00)/.test(line));
}

/** The container's own names, but for those that the file has. */
function ownNames({ hostname, name }: HostsInput, lines: readonly string[]): string[] {
  const known = new Set(lines.flatMap(namesOf));
  return [hostname, name].filter((own) => !known.has(own));
}

/** The container's /etc/hosts: what was asked for first, for the first match counts (hosts(5)). */
export function buildHosts(input: HostsInput): string {
  const lines = input.added.map(({ host, address }) => `${address}\t${host}`);
  lines.push('127.0.0.1\tlocalhost localhost.localdomain', '::1\tlocalhost localhost.localdomain');
  const base = usableLines(input);
  lines.push(...base);
  if (input.hostAddress !== null) {
    lines.push(`${input.hostAddress}\thost.containers.internal host.docker.internal`);
  }
  const names = ownNames(input, input.baseAsked ? base : []);
  const addresses = input.addresses.length > 0 ? input.addresses : ['127.0.0.1'];
  if (names.length > 0) lines.push(...addresses.map((own) => `${own}\t${names.join(' ')}`));
  return lines.map((line) => `${line}\n`).join('');
}

/** The host's /etc/hosts; empty when there is none. */
export function hostHosts(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch {
    return '';
  }
}
