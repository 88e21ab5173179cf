import { readFileSync } from 'node:fs';
import { isProgram } from '../../native/programs.ts';

/** Rights of users to ports of bridges of this machine (lxc-usernet(5)). */
export interface PortAllowances {
  /** The file that says who may: /etc/lxc/lxc-usernet. */
  file: string;
  /** The setuid helper lxc-user-nic(1); null: it is not installed. */
  helper: string | null;
}

/** Where Debian and others have the helper, which is in no PATH. */
const helperPaths = [
  '/usr/libexec/lxc/lxc-user-nic',
  '/usr/lib/x86_64-linux-gnu/lxc/lxc-user-nic',
  '/usr/lib/aarch64-linux-gnu/lxc/lxc-user-nic',
  '/usr/lib/lxc/lxc-user-nic',
];

export function portAllowances(): PortAllowances {
  return { file: '/etc/lxc/lxc-usernet', helper: helperPaths.find(isProgram) ?? null };
}

/**
 * Whether the file may allow a user a port of a bridge. Of lines for groups only the helper knows, which is the one
 * that decides.
 */
export function mayHavePort({ file }: PortAllowances, user: string, bridge: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return false;
  }
  return text.split('\n').some((line) => {
    const [who = '', kind, where, count] = line.trim().split(/\s+/);
    return (
      (who === user || who.startsWith('@')) &&
      kind === 'veth' &&
      where === bridge &&
      Number(count) > 0
    );
  });
}

/** Command of an administrator that allows a user a port. */
export function allowingCommand({ file, helper }: PortAllowances, user: string, bridge: string) {
  const install = helper === null ? 'apt install liblxc-common && ' : '';
  return `${install}mkdir -p ${file.replace(/\/[^/]*$/, '')} && echo '${user} veth ${bridge} 1' >>${file}`;
}
