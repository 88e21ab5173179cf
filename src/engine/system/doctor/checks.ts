import { formatSize } from '../../../base/size.ts';
import { delegationCommand, undelegatedFlags } from '../../../cgroup/delegation.ts';
import type { DoctorFacts } from './facts.ts';
import { type DoctorFinding, failure, ok, warning } from './finding.ts';
import { networkChecks } from './network-checks.ts';

type Check = (facts: DoctorFacts) => DoctorFinding;

/** Ids that images usually need. */
const wantedIds = 65_536;
const nfsMagic = 0x6969;
const littleSpace = 1e9;

function countIds(ranges: DoctorFacts['subuids']): number {
  return ranges.reduce((total, { count }) => total + count, 0);
}

const subordinateIds: Check = ({ uid, user, subuids, subgids }) => {
  const check = 'subordinate ids';
  if (uid === 0) return ok(check, 'root maps a range of its own choice');
  const fix = `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`;
  const least = Math.min(countIds(subuids), countIds(subgids));
  if (least === 0) {
    const file = subuids.length === 0 ? '/etc/subuid' : '/etc/subgid';
    return failure(check, `${file} grants user ${user} no ids: only one id can be mapped`, fix);
  }
  if (least < wantedIds)
    return warning(check, `only ${least} ids; many images need ${wantedIds}`, fix);
  return ok(check, `${least} ids`);
};

const mappers: Check = ({ uid, programs, mapperPrivileged }) => {
  const check = 'newuidmap, newgidmap';
  if (uid === 0) return ok(check, 'not needed by root');
  if (programs['newuidmap'] === null || programs['newgidmap'] === null) {
    return failure(check, 'not installed', 'sudo apt install uidmap');
  }
  if (!mapperPrivileged) {
    return failure(
      check,
      'installed without the right to map ids',
      'sudo apt install --reinstall uidmap',
    );
  }
  return ok(check, 'installed');
};

/** How install.sh calls a profile of AppArmor for what it has installed as the caller. */
function loadProfile(path: string | null, name: string): string {
  if (path === null)
    return './install.sh brings a profile of AppArmor that allows them to bryo alone';
  const place = `/etc/apparmor.d/${name}`;
  return `sudo install -m 644 ${path} ${place} && sudo apparmor_parser --replace ${place}`;
}

const userNamespaces: Check = ({ sysctls, usernsError, appArmor }) => {
  const check = 'user namespaces';
  const restricted = sysctls['kernel/apparmor_restrict_unprivileged_userns'] === '1';
  if (usernsError === null) {
    const by = restricted && appArmor.label !== null ? `, by the profile ${appArmor.label}` : '';
    return ok(check, `can be made${by}`);
  }
  if (restricted) {
    return failure(
      check,
      'AppArmor forbids them to programs without a profile for it',
      loadProfile(appArmor.profile, appArmor.profileName),
    );
  }
  if (sysctls['kernel/unprivileged_userns_clone'] === '0') {
    return failure(check, 'switched off', 'sudo sysctl -w kernel.unprivileged_userns_clone=1');
  }
  if (sysctls['user/max_user_namespaces'] === '0') {
    return failure(
      check,
      'their number is limited to 0',
      'sudo sysctl -w user.max_user_namespaces=28633',
    );
  }
  return failure(check, `cannot be made: ${usernsError}`, null);
};

const kernel: Check = ({ kernel: release }) => {
  const check = 'kernel';
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const recent = major > 5 || (major === 5 && minor >= 12);
  if (!recent) return failure(check, `${release} is older than 5.12, which bryo needs`, null);
  return ok(check, release);
};

const storage: Check = ({ requestedDriver, overlayRefusal, fuseRefusal }) => {
  const check = 'storage driver';
  if (requestedDriver !== null) {
    const refusal = { overlay: overlayRefusal, 'fuse-overlayfs': fuseRefusal }[requestedDriver];
    if (refusal) return failure(check, `${requestedDriver}, which was asked for: ${refusal}`, null);
    return ok(check, `${requestedDriver}, which was asked for`);
  }
  if (overlayRefusal === null) return ok(check, 'overlay');
  if (fuseRefusal === null) {
    return warning(check, `fuse-overlayfs, which is slower: ${overlayRefusal}`, null);
  }
  return warning(
    check,
    `vfs, which copies whole images: ${overlayRefusal}; ${fuseRefusal}`,
    'sudo apt install fuse-overlayfs',
  );
};

function device(path: string, module: string, use: string): Check {
  return ({ devices }) => {
    const state = devices[path];
    if (state === 'ok') return ok(path, 'accessible');
    if (state === 'missing') return warning(path, `missing: ${use}`, `sudo modprobe ${module}`);
    return warning(path, `not accessible: ${use}`, `sudo chmod 666 ${path}`);
  };
}

/** Containers beside those that run which there should be keys for. */
const spareKeys = 50;

const kernelKeys: Check = ({ keys }) => {
  const check = 'kernel keys';
  if (keys === null) return ok(check, 'the kernel does not tell of them');
  const { used, most } = keys;
  const message = `${used} of ${most} are in use, of which each container takes one`;
  if (most - used >= spareKeys) return ok(check, message);
  return warning(check, message, `sudo sysctl kernel.keys.maxkeys=${Math.max(2000, 4 * most)}`);
};

const controlGroups: Check = ({ cgroupVersion, delegated }) => {
  const check = 'control groups';
  if (cgroupVersion === 1) {
    return warning(
      check,
      'version 1: resource limits are not available to ordinary users',
      'boot with systemd.unified_cgroup_hierarchy=1',
    );
  }
  const missing = ['cpu', 'memory', 'pids'].filter((name) => !delegated?.includes(name));
  if (delegated === null)
    return warning(check, 'version 2, but nothing is delegated to this user', null);
  if (missing.length > 0) {
    return warning(check, `version 2, not delegated: ${missing.join(' ')}`, delegationCommand);
  }
  const further = Object.entries(undelegatedFlags).filter(([name]) => !delegated.includes(name));
  if (further.length === 0) return ok(check, 'version 2, all controllers are delegated');
  // As distributions have it: nothing to worry about, unless one wants just these.
  const rest = further.map(([name, flags]) => `${name} (${flags})`).join(', ');
  const message = `version 2, delegated: cpu memory pids; not: ${rest}`;
  return { ...ok(check, message), fix: delegationCommand };
};

const runtimeDir: Check = ({ uid, user, runtimeDir: { path, problem }, systemd }) => {
  const check = 'XDG_RUNTIME_DIR';
  if (uid === 0) return ok(check, '/run/bryo is used');
  if (problem === null) return ok(check, path ?? '');
  const fix = systemd
    ? `sudo loginctl enable-linger ${user}`
    : `export XDG_RUNTIME_DIR=/run/user/${uid}`;
  return warning(check, `${problem}: /tmp/bryo-run-${uid} is used`, fix);
};

const linger: Check = ({ uid, user, lingering, systemd }) => {
  const check = 'linger';
  if (uid === 0 || !systemd) return ok(check, 'not needed here');
  if (lingering) return ok(check, 'on: containers outlive the session');
  return warning(
    check,
    'off: systemd ends containers when you log out',
    `sudo loginctl enable-linger ${user}`,
  );
};

const dataDirectory: Check = ({ dataDir: { path, freeBytes, type } }) => {
  const check = 'data directory';
  if (type === nfsMagic) {
    return warning(
      check,
      `${path} is on NFS, which cannot hold files of other ids`,
      'use --root with a local directory',
    );
  }
  if (freeBytes < littleSpace)
    return warning(check, `${path}: only ${formatSize(freeBytes)} left`, null);
  return ok(check, `${path}: ${formatSize(freeBytes)} free`);
};

const configuration: Check = ({ configuration: { files, idle, unknown } }) => {
  const check = 'configuration';
  if (files.length === 0) return ok(check, 'there are no files of containers.conf(5)');
  const without = Object.entries(idle).map(([key, why]) => `${key} (${why})`);
  const parts = [`read: ${files.join(', ')}`];
  if (without.length > 0) parts.push(`without meaning here: ${without.join(', ')}`);
  if (unknown.length === 0) return ok(check, parts.join('; '));
  return warning(check, [...parts, `unknown: ${unknown.join(', ')}`].join('; '), null);
};

/** The checks of all that a rootless user trips over, most serious first. */
const checks: readonly Check[] = [
  kernel,
  userNamespaces,
  mappers,
  subordinateIds,
  storage,
  device('/dev/fuse', 'fuse', 'fuse-overlayfs cannot be used'),
  device('/dev/net/tun', 'tun', 'containers have no network of their own'),
  ...networkChecks,
  kernelKeys,
  controlGroups,
  runtimeDir,
  linger,
  dataDirectory,
  configuration,
];

/** Judges the facts. */
export function judge(facts: DoctorFacts): DoctorFinding[] {
  return checks.map((check) => check(facts));
}
