import { BryoError } from '../base/errors.ts';
import { capabilityNames } from '../plan/flags.ts';
import type { ContainerOptions } from '../request/container.ts';

/** Capabilities of a container unless told otherwise: podman's eleven (containers.conf(5)). */
export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** The whole name of a capability, `CAP_CHOWN`, or ALL; `flag` has said it. Throws BryoError `bad-capability`. */
export function fullCapability(name: string, flag: string): string {
  const upper = name.toUpperCase();
  if (upper === 'ALL') return upper;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!(capabilityNames as readonly string[]).includes(full)) {
    throw new BryoError('bad-capability', `${flag} ${name}: unknown capability`, {
      hint: 'capabilities(7) lists the names',
    });
  }
  return full;
}

/**
 * The capability set of `--cap-add` and `--cap-drop` (podman-run(1)): ALL adds or drops every one,
 * and a capability both added and dropped by name is an error.
 */
export function resolveCapabilities(add: readonly string[], drop: readonly string[]): string[] {
  const added = add.map((name) => fullCapability(name, '--cap-add'));
  const dropped = drop.map((name) => fullCapability(name, '--cap-drop'));
  const both = added.find((name) => name !== 'ALL' && dropped.includes(name));
  if (both !== undefined) {
    throw new BryoError('bad-capability', `capability ${both} cannot be dropped and added`);
  }
  let set = new Set<string>(defaultCapabilities);
  if (added.includes('ALL')) set = new Set(capabilityNames);
  if (dropped.includes('ALL')) set = new Set();
  for (const name of added) if (name !== 'ALL') set.add(name);
  for (const name of dropped) set.delete(name);
  return capabilityNames.filter((name) => set.has(name));
}

/** Whether a user as it is written is root: a name in the image's passwd file tells nothing here. */
export function isRootUser(user: string): boolean {
  return /^(|0|root)(:|$)/.test(user);
}

/**
 * The capabilities of a user other than root: only those that were added (podman-run(1), --cap-add). `--privileged`
 * alone adds nothing to that.
 */
export function userCapabilities(options: ContainerOptions): string[] {
  const { capAdd, capConfigured = 0, capDrop, security } = options;
  const added = capAdd.slice(capConfigured).map((name) => fullCapability(name, '--cap-add'));
  if (security.privileged) added.splice(added.indexOf('ALL'), 1);
  const all = resolveCapabilities(capAdd, capDrop);
  return added.includes('ALL') ? all : all.filter((name) => added.includes(name));
}
