import { type EnumName, type EnumWord, enums, isEnumName } from './enums.ts';

/**
 * The monitor's records, which it writes as JSON. A field whose type ends in `?` is left out when it is empty, 0,
 * false or the first word. Types: `version` is 1, and not read; `positive` and `integer` are safe integers, `time`
 * is RFC 3339, `flag` is only written when it is set.
 */
export const monitorRecords = {
  /** Namespaces of a container that shares its process ids, by inode numbers (addon/monitor/strays.h). */
  strayMarks: { mounts: 'integer', user: 'integer' },
  /** state.json: which monitor has which payload since when, by pids and their start times in clock ticks. */
  stateFile: {
    version: 'version',
    status: 'runStatus',
    bootId: 'text',
    monitorPid: 'positive',
    monitorStart: 'positive',
    pid: 'positive',
    pidStart: 'positive',
    startedAt: 'time',
    restarts: 'integer?',
    cgroup: 'text?',
    strays: 'strayMarks?',
    lost: 'lostService?',
    /** The monitor can start the container again, and with it what a probe of its health needs. */
    keepsPlan: 'flag?',
  },
  /** exit.json. `exitCode` is 128 + `signal` when a signal has ended it. */
  exitFile: {
    version: 'version',
    exitCode: 'integer',
    signal: 'integer',
    cause: 'endCause',
    exitedAt: 'time',
    oomKilled: 'flag?',
    /** The monitor is about to start the container again. */
    restarting: 'flag?',
    lostLogBytes: 'integer?',
    /** Why it could not. */
    restartError: 'text?',
  },
  /** One result of a health check; -1: it took too long. */
  healthResult: { Start: 'text', End: 'text', ExitCode: 'integer', Output: 'text' },
  /** health.json, with podman's names. */
  healthFile: { Status: 'healthStatus', FailingStreak: 'integer', Log: 'healthResult[]' },
} as const;

export type MonitorRecordName = keyof typeof monitorRecords;

interface Simple {
  text: string;
  time: string;
  positive: number;
  integer: number;
  flag: boolean;
}

type ValueOf<Kind extends string> = Kind extends `${infer Name extends MonitorRecordName}[]`
  ? MonitorRecord<Name>[]
  : Kind extends keyof Simple
    ? Simple[Kind]
    : Kind extends EnumName
      ? EnumWord<Kind>
      : Kind extends MonitorRecordName
        ? MonitorRecord<Kind>
        : never;

type Shape<Name extends MonitorRecordName> = (typeof monitorRecords)[Name];
type Kept<S> = { [F in keyof S as S[F] extends 'version' | `${string}?` ? never : F]: S[F] };
type Optional<S> = {
  [F in keyof S as S[F] extends `${string}?` ? F : never]?: S[F] extends `${infer Kind}?`
    ? ValueOf<Kind>
    : never;
};

/** A record as it is read. */
export type MonitorRecord<Name extends MonitorRecordName> = {
  [F in keyof Kept<Shape<Name>>]: ValueOf<Kept<Shape<Name>>[F] & string>;
} & Optional<Shape<Name>>;

const checks: Record<string, (value: unknown) => boolean> = {
  version: () => true,
  text: (value) => typeof value === 'string',
  time: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  positive: (value) => Number.isSafeInteger(value) && Number(value) > 0,
  integer: (value) => Number.isSafeInteger(value),
  flag: (value) => typeof value === 'boolean',
};

function hasKind(kind: string, value: unknown): boolean {
  if (kind.endsWith('?')) return value === undefined || hasKind(kind.slice(0, -1), value);
  if (kind.endsWith('[]')) {
    return Array.isArray(value) && value.every((item) => hasKind(kind.slice(0, -2), item));
  }
  if (isEnumName(kind)) return (enums[kind] as readonly unknown[]).includes(value);
  const check = checks[kind];
  return check === undefined ? isMonitorRecord(kind as MonitorRecordName, value) : check(value);
}

/** Whether a value is what the monitor writes. */
export function isMonitorRecord<Name extends MonitorRecordName>(
  name: Name,
  value: unknown,
): value is MonitorRecord<Name> {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries<string>(monitorRecords[name]).every(([field, kind]) =>
    hasKind(kind, fields[field]),
  );
}
