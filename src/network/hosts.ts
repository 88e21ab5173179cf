import { readFileSync } from 'node:fs';

export interface HostsInput {
  /** Text of the host's /etc/hosts, whose entries containers see, too. */
  base: string;
  /** `--add-host`, with host-gateway resolved. */
  added: readonly { host: string; address: string }[];
  /** The container's address on its network; null: it has none of its own. */
  address: string | null;
  /** Address at which the host is reached from inside; null: it is not. */
  hostAddress: string | null;
  hostname: string;
  name: string;
}

/** Entries of the host for its own name would point to the wrong machine. */
function usableLines(base: string, hostname: string): string[] {
  return base
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .filter((line) => !line.split(/\s+/).slice(1).includes(hostname))
    .filter((line) => !/^(127\.|::1|ff0|fe00)/.test(line));
}

/** The container's /etc/hosts: what was asked for first, for the first match counts (hosts(5)). */
export function buildHosts(input: HostsInput): string {
  const lines = input.added.map(({ host, address }) => `${address}\t${host}`);
  lines.push('127.0.0.1\tlocalhost localhost.localdomain', '::1\tlocalhost localhost.localdomain');
  lines.push(...usableLines(input.base, input.hostname));
  if (input.hostAddress !== null) {
    lines.push(`${input.hostAddress}\thost.containers.internal host.docker.internal`);
  }
  lines.push(`${input.address ?? '127.0.0.1'}\t${input.hostname} ${input.name}`);
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
