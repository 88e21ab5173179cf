import { BryoError } from '../base/errors.ts';
import { limitNames, ownLimits } from '../native/process-limits.ts';
import { badValue } from './values.ts';

/** Limits of one kind for one block device, as in io.max. */
export interface DeviceLimit {
  /** `major:minor`. */
  device: string;
  kind: 'rbps' | 'wbps' | 'riops' | 'wiops';
  /** Bytes or operations per second. */
  value: number;
}

/** The limits of a container. Null: none of its own. Units are those of podman-run(1). */
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

/** `NAME=SOFT[:HARD]`; -1 and `unlimited` mean no limit. `host`: all of the caller's. */
export function readUlimit(text: string): UlimitRequest[] {
  if (text === 'host') return [...ownLimits()].map(([name, limit]) => ({ name, ...limit }));
  const [, name, soft, hard] =
    /^([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw badValue('--ulimit', text, 'NAME=SOFT[:HARD] is needed');
  }
  if (!limitNames.includes(name)) {
    throw badValue('--ulimit', text, `there is no limit named ${name}`);
  }
  const limit = (word: string): number => (word === 'unlimited' ? -1 : Number(word));
  const request = { name, soft: limit(soft), hard: limit(hard ?? soft) };
  if (request.hard >= 0 && (request.soft < 0 || request.soft > request.hard)) {
    const named = request.soft < 0 ? `${request.soft} (unlimited)` : request.soft;
    throw new BryoError(
      'bad-flag-value',
      `ulimit option ${JSON.stringify(text)} requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be less than or equal to hard limit: soft: ${named}, hard: ${request.hard}`,
    );
  }
  return [request];
}
