import { existsSync, readFileSync } from 'node:fs';
import { capabilityMask, rlimitNumbers } from '../plan/flags.ts';
import type { OciCapabilities, OciProcess, OciScheduler } from '../plan/spec.ts';
import type { Fields } from './fields.ts';

const schedulerPolicies: Record<string, number> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

const schedulerFlags: Record<string, bigint> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01n,
  SCHED_FLAG_RECLAIM: 0x02n,
  SCHED_FLAG_DL_OVERRUN: 0x04n,
  SCHED_FLAG_KEEP_POLICY: 0x08n,
  SCHED_FLAG_KEEP_PARAMS: 0x10n,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20n,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40n,
};

const ioClasses: Record<string, number> = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
};

function known(fields: Fields, name: string, table: Record<string, number>): number {
  const value = table[fields.text(name)];
  if (value === undefined) throw fields.wrong(name, 'has an unknown value');
  return value;
}

function readScheduler(fields: Fields): OciScheduler {
  const flags = fields.texts('flags').map((flag) => {
    const value = schedulerFlags[flag];
    if (value === undefined) throw fields.wrong('flags', `has the unknown ${flag}`);
    return value;
  });
  return {
    policy: known(fields, 'policy', schedulerPolicies),
    flags: flags.reduce((all, flag) => all | flag, 0n),
    nice: fields.optionalInteger('nice') ?? 0,
    priority: fields.unsigned('priority', 0),
    runtime: BigInt(fields.optionalInteger('runtime') ?? 0),
    deadline: BigInt(fields.optionalInteger('deadline') ?? 0),
    period: BigInt(fields.optionalInteger('period') ?? 0),
  };
}

/** CPUs of sched_setaffinity(2) in the C library's form (CPU_SETSIZE). */
const cpus = { most: 1024, what: 'CPU' };

/** `0-3,7` as cpuset(7) writes lists of CPUs and memory nodes; each is below `most`. */
export function readNumberList(
  fields: Fields,
  name: string,
  { most, what }: { most: number; what: string } = cpus,
): number[] | undefined {
  const text = fields.optionalText(name);
  if (text === null || text === '') return undefined;
  return text.split(',').flatMap((part) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const first = Number(from);
    const last = Number(to ?? from);
    if (from === undefined || last < first) throw fields.wrong(name, 'is no list of numbers');
    if (last >= most) {
      throw fields.wrong(name, `has the invalid ${what} ${last}: the last is ${most - 1}`);
    }
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** RLIM_INFINITY is too large a number for JSON's: what rounds to it is no limit. */
function readLimit(fields: Fields, name: string): number {
  const value = fields.optionalInteger(name);
  if (value === null) throw fields.wrong(name, 'is missing');
  return value >= 2 ** 64 - 1 ? -1 : value;
}

function readLimits(process: Fields): OciProcess['rlimits'] {
  const seen = new Set<string>();
  return process.objects('rlimits').map((fields) => {
    const type = fields.text('type');
    if (rlimitNumbers[type] === undefined) throw fields.wrong('type', `is the unknown ${type}`);
    if (seen.has(type)) throw fields.wrong('type', `names ${type} for the second time`);
    seen.add(type);
    return { type, soft: readLimit(fields, 'soft'), hard: readLimit(fields, 'hard') };
  });
}

/**
 * The kernel lets a capability be ambient only when it is permitted and inheritable
 * (capabilities(7)); runc's own template asks for others, so these are left out with a warning.
 */
function readCapabilities(fields: Fields | null, warnings: string[]): OciCapabilities {
  const set = (name: string): string[] => fields?.texts(name) ?? [];
  const permitted = set('permitted');
  const inheritable = set('inheritable');
  const all = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'].flatMap(set);
  const unknown = [...new Set(all)].filter((name) => capabilityMask([name]) === 0n);
  if (unknown.length > 0) {
    warnings.push(`process.capabilities: ${unknown.join(', ')} is not known here, and left out`);
  }
  const fits = (name: string) => permitted.includes(name) && inheritable.includes(name);
  for (const name of set('ambient').filter((ambient) => !fits(ambient))) {
    warnings.push(
      `process.capabilities: can't raise ambient capability ${name}: it is not permitted and inheritable`,
    );
  }
  return {
    bounding: set('bounding'),
    effective: set('effective'),
    permitted,
    inheritable,
    ambient: set('ambient').filter(fits),
  };
}

function appArmorIsOn(): boolean {
  try {
    return readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');
  } catch {
    return false;
  }
}

/** A label that the host cannot apply is an error: it was asked for as protection. */
export function readLabels(fields: Fields): { attribute: string; value: string }[] {
  const labels: { attribute: string; value: string }[] = [];
  const profile = fields.optionalText('apparmorProfile') ?? '';
  if (profile !== '') {
    if (!appArmorIsOn())
      throw fields.unsupported('apparmorProfile', 'AppArmor is not enabled here');
    labels.push({ attribute: 'apparmor/exec', value: `exec ${profile}` });
  }
  const label = fields.optionalText('selinuxLabel') ?? '';
  if (label !== '') {
    if (!existsSync('/sys/fs/selinux/enforce')) {
      throw fields.unsupported('selinuxLabel', 'SELinux is not enabled here');
    }
    labels.push({ attribute: 'exec', value: label });
  }
  return labels;
}

/** A configuration's `process`, and the file mode mask of its user. */
export interface ProcessConfig {
  process: OciProcess;
  umask: number | null;
  consoleSize: { rows: number; columns: number } | null;
  /** CPUs to run on when an exec session is joined. */
  execAffinity: number[] | undefined;
  /** Requests that are not carried out exactly as asked. */
  warnings: string[];
}

/** A container may be created without a process, which it needs only to be started (config.md, "Process"). */
export function withoutProcess(): ProcessConfig {
  return {
    process: {
      terminal: false,
      user: { uid: 0, gid: 0, additionalGids: [] },
      args: [],
      env: [],
      cwd: '/',
      capabilities: readCapabilities(null, []),
      rlimits: [],
      noNewPrivileges: false,
      securityLabels: [],
    },
    warnings: [],
    umask: null,
    consoleSize: null,
    execAffinity: undefined,
  };
}

function readUmask(user: Fields): number | null {
  const umask = user.optionalInteger('umask');
  if (umask !== null && (umask < 0 || umask > 0o777)) {
    throw user.wrong('umask', 'is not from 0 to 511 (0777)');
  }
  return umask;
}

/** The level shares its bits with hints, which the field does not offer (ioprio_set(2)). */
function readIoPriority(fields: Fields): { class: number; priority: number } {
  const priority = fields.unsigned('priority', 0);
  if (priority > 7) throw fields.wrong('priority', 'is not from 0 to 7');
  return { class: known(fields, 'class', ioClasses), priority };
}

/** Reads `process` (config.md, "Process"; config-linux.md). */
export function readProcess(fields: Fields): ProcessConfig {
  const user = fields.optionalObject('user');
  const args = fields.texts('args');
  if (args.length === 0) throw fields.wrong('args', 'is missing');
  const cwd = fields.text('cwd');
  if (!cwd.startsWith('/')) throw fields.wrong('cwd', 'is not an absolute path');
  const env = fields.texts('env');
  const size = fields.optionalObject('consoleSize');
  const oomScoreAdj = fields.optionalInteger('oomScoreAdj');
  const scheduler = fields.optionalObject('scheduler');
  const io = fields.optionalObject('ioPriority');
  const affinity = fields.optionalObject('execCPUAffinity');
  const warnings: string[] = [];
  const process: OciProcess = {
    terminal: fields.flag('terminal'),
    user: {
      uid: user?.unsigned('uid', 0) ?? 0,
      gid: user?.unsigned('gid', 0) ?? 0,
      additionalGids: user?.numbers('additionalGids') ?? [],
    },
    args,
    env,
    cwd,
    capabilities: readCapabilities(fields.optionalObject('capabilities'), warnings),
    rlimits: readLimits(fields),
    noNewPrivileges: fields.flag('noNewPrivileges'),
    securityLabels: readLabels(fields),
  };
  if (oomScoreAdj !== null) process.oomScoreAdj = oomScoreAdj;
  if (scheduler !== null) process.scheduler = readScheduler(scheduler);
  if (io !== null) process.ioPriority = readIoPriority(io);
  return {
    process,
    warnings,
    umask: user === null ? null : readUmask(user),
    consoleSize:
      size === null
        ? null
        : { rows: size.unsigned('height', 0), columns: size.unsigned('width', 0) },
    execAffinity:
      affinity === null
        ? undefined
        : (readNumberList(affinity, 'final') ?? readNumberList(affinity, 'initial')),
  };
}
