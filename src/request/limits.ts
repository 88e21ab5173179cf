import { readFileSync } from 'node:fs';
import { badValue } from './values.ts';

/** Limits of one kind for one block device, as in io.max. */
export interface DeviceLimit {
  /** `major:minor`. */
  device: string;
  kind: 'rbps' | 'wbps' | 'riops' | 'wiops';
  /** Bytes or operations per second. */
  value: number;
}

/** What a container may use. Null: no limit of its own. Units are those of podman-run(1). */
export interface ResourceLimits {
  /** Bytes; -1: no limit. */
  memory: number | null;
  /** Bytes of memory and swap together; -1: no limit. */
  memorySwap: number | null;
  /** Bytes that are left to the container when memory is short. */
  memoryReservation: number | null;
  /** 2 to 262144, as cgroup v1 had it; 1024 is everybody's share. */
  cpuShares: number | null;
  /** Microseconds per period; -1: no limit. */
  cpuQuota: number | null;
  /** Microseconds. */
  cpuPeriod: number | null;
  /** Lists such as `0-3,7`. */
  cpusetCpus: string | null;
  cpusetMems: string | null;
  /** Processes and threads; -1: no limit. */
  pids: number | null;
  /** 10 to 1000. */
  blkioWeight: number | null;
  devices: DeviceLimit[];
  /** Files of the group and what is written to them. */
  unified: Record<string, string>;
}

export function noLimits(): ResourceLimits {
  return {
    memory: null,
    memorySwap: null,
    memoryReservation: null,
    cpuShares: null,
    cpuQuota: null,
    cpuPeriod: null,
    cpusetCpus: null,
    cpusetMems: null,
    pids: null,
    blkioWeight: null,
    devices: [],
    unified: {},
  };
}

/**
 * `--cgroups`: a group for the container and its monitor, none, halves of the caller's own, or one
 * for the container alone.
 */
export type CgroupsRequest = 'enabled' | 'disabled' | 'split' | 'no-conmon';

/** Throws BryoError `bad-flag-value` for a parent that leads out of where it seems to be. */
export function checkCgroupParent(parent: string | null): void {
  if (parent?.split('/').some((part) => part === '..' || part === '.')) {
    throw badValue('--cgroup-parent', parent, '"." and ".." are not allowed in it');
  }
  if (parent !== null && /[\u0000-\u001f\u007f]/.test(parent)) {
    throw badValue('--cgroup-parent', parent, 'it holds a control character');
  }
}

export interface UlimitRequest {
  /** As in setrlimit(2) without RLIMIT_, lower case: `nofile`. */
  name: string;
  /** -1: unlimited. */
  soft: number;
  hard: number;
}

/** Names of /proc/self/limits for those of --ulimit. */
const limitLines: Readonly<Record<string, string>> = {
  'Max core file size': 'core',
  'Max cpu time': 'cpu',
  'Max data size': 'data',
  'Max file size': 'fsize',
  'Max file locks': 'locks',
  'Max locked memory': 'memlock',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max open files': 'nofile',
  'Max processes': 'nproc',
  'Max resident set': 'rss',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
  'Max pending signals': 'sigpending',
  'Max stack size': 'stack',
};

/** The caller's own limits (proc(5)). */
function callersLimits(): UlimitRequest[] {
  const limit = (word: string | undefined): number =>
    word === undefined || word === 'unlimited' ? -1 : Number(word);
  return readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const name = limitLines[line.slice(0, 26).trim()];
      const [soft, hard] = line.slice(26).trim().split(/\s+/);
      return name === undefined ? [] : [{ name, soft: limit(soft), hard: limit(hard) }];
    });
}

/** `NAME=SOFT[:HARD]`; -1 and `unlimited` mean no limit. `host`: all of the caller's. */
export function readUlimit(text: string): UlimitRequest[] {
  if (text === 'host') return callersLimits();
  const [, name, soft, hard] =
    /^([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw badValue('--ulimit', text, 'NAME=SOFT[:HARD] is needed');
  }
  const known =
    'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack';
  if (!known.split(' ').includes(name)) {
    throw badValue('--ulimit', text, `there is no limit named ${name}`);
  }
  const limit = (word: string): number => (word === 'unlimited' ? -1 : Number(word));
  const request = { name, soft: limit(soft), hard: limit(hard ?? soft) };
  if (request.hard >= 0 && (request.soft < 0 || request.soft > request.hard)) {
    throw badValue('--ulimit', text, 'the soft limit exceeds the hard limit');
  }
  return [request];
}
