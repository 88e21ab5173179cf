import { readFileSync } from 'node:fs';
import { findProgram } from './programs.ts';
import { runProgram } from './run.ts';

/** An entry of passwd(5). */
export interface UserEntry {
  name: string;
  home: string;
}

function parseEntry(line: string | undefined): UserEntry | null {
  const [name, , , , , home] = (line ?? '').split(':');
  return name && home ? { name, home } : null;
}

let known: UserEntry | null | undefined;

/**
 * The caller's entry by its real id, whatever the environment says; null: it has none. Users of a
 * directory service are asked of getent(1).
 */
export function callerEntry(): UserEntry | null {
  if (known !== undefined) return known;
  const uid = String(process.getuid?.() ?? 0);
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // A machine without the file: getent may know more.
  }
  known = parseEntry(text.split('\n').find((line) => line.split(':')[2] === uid));
  if (known !== null) return known;
  const getent = findProgram('getent');
  if (getent === null) return null;
  const found = runProgram({ path: getent, argv: ['getent', 'passwd', uid] });
  known = found.exitCode === 0 ? parseEntry(found.stdout) : null;
  return known;
}

/** A user of the host by name or id, as getent(1) or /etc/passwd know it; null: there is none. */
export function hostUser(
  user: string,
): { name: string; uid: number; gid: number; home: string } | null {
  const getent = findProgram('getent');
  const text =
    getent === null || user.startsWith('-')
      ? readFileSync('/etc/passwd', 'utf8')
      : runProgram({ path: getent, argv: ['getent', 'passwd', user] }).stdout;
  for (const line of text.split('\n')) {
    const [name, , uid, gid, , home] = line.split(':');
    if (name === undefined || home === undefined || (name !== user && uid !== user)) continue;
    return { name, uid: Number(uid), gid: Number(gid), home };
  }
  return null;
}

/**
 * Whether the caller is root of the machine. Engines call their runtime as root of the user's
 * namespace, which is somebody else (user_namespaces(7)).
 */
export function isMachineRoot(): boolean {
  if (process.geteuid?.() !== 0) return false;
  return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}

/** Capabilities by their bits in the sets of /proc/PID/status (capabilities(7)). */
const capabilityBits = { mknod: 1n << 27n, sysAdmin: 1n << 21n } as const;

/** Whether the caller is root of the machine and has a right. */
function isRootWith(capability: keyof typeof capabilityBits): boolean {
  if (!isMachineRoot()) return false;
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & capabilityBits[capability]) !== 0n;
}

/** Whether the caller may make device nodes: root of the machine with the right to it. */
export function mayMakeNodes(): boolean {
  return isRootWith('mknod');
}

/** Whether the caller may give a control group a filter of devices (bpf(2)). */
export function mayFilterDevices(): boolean {
  return isRootWith('sysAdmin');
}
