import type { DBusValue } from './wire.ts';

/** A transient scope unit (systemd.scope(5)): processes that somebody else has started. */
export interface ScopeRequest {
  /** `….scope`. */
  name: string;
  description: string;
  /** `….slice`. */
  slice: string;
  pid: number;
  /** Seconds between SIGTERM and SIGKILL when the scope is stopped; null: the manager's own. */
  stopTimeout: number | null;
}

/** A property of a unit (org.freedesktop.systemd1(5)). */
export interface UnitProperty {
  name: string;
  value: DBusValue;
}

/** A transient slice unit (systemd.slice(5)): a group of other units' groups. */
export interface SliceRequest {
  /** `….slice`. */
  name: string;
  description: string;
  /** Limits (systemd.resource-control(5)). */
  properties: readonly UnitProperty[];
}

function property(name: string, value: DBusValue): DBusValue {
  return {
    type: 'struct',
    fields: [
      { type: 's', value: name },
      { type: 'v', value },
    ],
  };
}

/** Far more than anybody waits, and still a number of microseconds. */
const longestStop = 1e9;

/** The properties of a scope for StartTransientUnit. */
export function scopeProperties({ description, slice, pid, stopTimeout }: ScopeRequest): DBusValue {
  const stop =
    stopTimeout === null
      ? []
      : [
          property('TimeoutStopUSec', {
            type: 't',
            value: BigInt(Math.min(stopTimeout, longestStop)) * 1_000_000n,
          }),
        ];
  return {
    type: 'array',
    element: '(sv)',
    items: [
      property('Description', { type: 's', value: description }),
      property('Slice', { type: 's', value: slice }),
      property('Delegate', { type: 'b', value: true }),
      property('DefaultDependencies', { type: 'b', value: true }),
      property('CollectMode', { type: 's', value: 'inactive-or-failed' }),
      ...stop,
      property('PIDs', { type: 'array', element: 'u', items: [{ type: 'u', value: pid }] }),
    ],
  };
}

/** The properties of a slice for StartTransientUnit. */
export function sliceProperties({ description, properties }: SliceRequest): DBusValue {
  return {
    type: 'array',
    element: '(sv)',
    items: [
      property('Description', { type: 's', value: description }),
      property('CollectMode', { type: 's', value: 'inactive-or-failed' }),
      ...properties.map(({ name, value }) => property(name, value)),
    ],
  };
}
