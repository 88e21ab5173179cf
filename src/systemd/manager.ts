import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { pauseSync } from '../base/pause.ts';
import { readProcessStatus } from '../native/process-status.ts';
import { isMachineRoot } from '../native/user.ts';
import { DBusConnection, DBusError } from './connection.ts';
import {
  type ScopeRequest,
  type SliceRequest,
  scopeProperties,
  sliceProperties,
} from './transient.ts';
import type { DBusValue, IncomingMessage } from './wire.ts';

/** Interface org.freedesktop.systemd1.Manager (org.freedesktop.systemd1(5)). */
const manager = {
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.systemd1.Manager',
};
const bus = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

/** Where a manager listens: its private socket needs no bus and no registration. */
interface ManagerSocket {
  path: string;
  kind: 'private' | 'bus';
}

/** The caller's service manager: the user's own, or the machine's for its root. Null: none. */
export function managerSocket(env: NodeJS.ProcessEnv = process.env): ManagerSocket | null {
  const runtime = isMachineRoot() ? '/run' : env['XDG_RUNTIME_DIR'];
  if (runtime === undefined || !runtime.startsWith('/')) return null;
  const own = join(runtime, 'systemd/private');
  if (existsSync(own)) return { path: own, kind: 'private' };
  const shared = join(runtime, isMachineRoot() ? 'dbus/system_bus_socket' : 'bus');
  return existsSync(join(runtime, 'systemd')) && existsSync(shared)
    ? { path: shared, kind: 'bus' }
    : null;
}

const retryPause = 20;
const retries = 250;

const unitExists = 'org.freedesktop.systemd1.UnitExists';
const noSuchUnit = 'org.freedesktop.systemd1.NoSuchUnit';

function isThere(error: unknown): boolean {
  return error instanceof DBusError && error.errorName === unitExists;
}

/** A service manager to ask. */
export class SystemdManager {
  readonly #connection: DBusConnection;

  /** Throws BryoError `no-manager` when it does not answer. */
  constructor(socket: ManagerSocket) {
    try {
      this.#connection = new DBusConnection(socket.path);
    } catch (error) {
      if (error instanceof BryoError) throw error;
      throw new BryoError('no-manager', `cannot reach systemd at ${socket.path}`, { cause: error });
    }
    if (socket.kind === 'private') return;
    const rule = "type='signal',interface='org.freedesktop.systemd1.Manager',member='JobRemoved'";
    this.#connection.call({ ...bus, member: 'Hello', body: [] });
    this.#connection.call({ ...bus, member: 'AddMatch', body: [{ type: 's', value: rule }] });
    this.#connection.call({ ...manager, member: 'Subscribe', body: [] });
  }

  /** Starts a scope with a process in it; returns when it is there. Throws BryoError `no-scope`. */
  startScope(request: ScopeRequest): void {
    for (let round = 0; ; ++round) {
      try {
        this.#startTransient(request.name, scopeProperties(request));
        return;
      } catch (error) {
        // The scope of the last start goes away only some moments after its last process; that of
        // another start at the same time stays, and only that one's launcher does.
        const ended = (readProcessStatus(request.pid)?.state ?? 'Z') === 'Z';
        if (!isThere(error) || ended || round === retries) throw scopeError(request.name, error);
        pauseSync(retryPause);
      }
    }
  }

  /**
   * Starts a slice unless it is there; returns whether it was not. Throws BryoError `no-unit`.
   */
  startSlice(request: SliceRequest): boolean {
    for (let round = 0; ; ++round) {
      try {
        this.#startTransient(request.name, sliceProperties(request));
        return true;
      } catch (error) {
        if (!isThere(error) || round === retries) throw unitError(request.name, error);
        if (this.unitState(request.name) === 'active') return false;
        // Another command is about to start it, or has just stopped it.
        pauseSync(retryPause);
      }
    }
  }

  #startTransient(name: string, properties: DBusValue): void {
    const result = this.#runJob('StartTransientUnit', [
      { type: 's', value: name },
      { type: 's', value: 'fail' },
      properties,
      { type: 'array', element: '(sa(sv))', items: [] },
    ]);
    if (result !== 'done') throw new DBusError(result, `its start is ${result}`);
  }

  /** Calls a method that makes a job; waits for the job and returns its result, `done` if all is well. */
  #runJob(member: string, body: DBusValue[]): string {
    const removed = new Map<string, string>();
    const note = ({ member: name, arguments: [, job, , result] }: IncomingMessage): void => {
      if (name === 'JobRemoved') removed.set(String(job), String(result));
    };
    const answer = this.#connection.call({ ...manager, member, body }, note);
    const job = String(answer.arguments[0]);
    while (!removed.has(job)) {
      const message = this.#connection.next(true);
      if (message.kind === 'signal') note(message);
    }
    return removed.get(job) ?? '';
  }

  /**
   * Starts, stops or restarts a unit; returns the job's result: `done`, `failed`, `timeout` and the
   * like. Throws BryoError `no-unit` when systemd refuses.
   */
  changeUnit(change: 'Start' | 'Stop' | 'Restart', unit: string): string {
    try {
      return this.#runJob(`${change}Unit`, [
        { type: 's', value: unit },
        { type: 's', value: 'replace' },
      ]);
    } catch (error) {
      throw unitError(unit, error);
    }
  }

  /** Reads all unit files again and runs the generators. */
  reload(): void {
    this.#connection.call({ ...manager, member: 'Reload', body: [] }, undefined, true);
  }

  #unitProperty(unit: string, type: 'Unit' | 'Slice', name: string): string {
    const loaded = this.#connection.call({
      ...manager,
      member: 'LoadUnit',
      body: [{ type: 's', value: unit }],
    });
    const answer = this.#connection.call({
      destination: manager.destination,
      path: String(loaded.arguments[0]),
      interface: 'org.freedesktop.DBus.Properties',
      member: 'Get',
      body: [
        { type: 's', value: `org.freedesktop.systemd1.${type}` },
        { type: 's', value: name },
      ],
    });
    return String(answer.arguments[0]);
  }

  /** `active`, `inactive`, `failed`, `activating` and the like. */
  unitState(unit: string): string {
    return this.#unitProperty(unit, 'Unit', 'ActiveState');
  }

  /** A slice's control group, from the hierarchy's root on; empty for one that is not active. */
  sliceGroup(slice: string): string {
    return this.#unitProperty(slice, 'Slice', 'ControlGroup');
  }

  /** Stops a unit with all in it. One that does not exist is fine. Throws BryoError `no-unit`. */
  stopIfThere(unit: string): void {
    try {
      this.changeUnit('Stop', unit);
    } catch (error) {
      const cause = error instanceof BryoError ? error.cause : null;
      if (!(cause instanceof DBusError) || cause.errorName !== noSuchUnit) throw error;
    }
  }

  /** Puts a process into a group below a unit's own. Throws BryoError `no-scope`. */
  attachProcess(unit: string, subgroup: string, pid: number): void {
    try {
      this.#connection.call({
        ...manager,
        member: 'AttachProcessesToUnit',
        body: [
          { type: 's', value: unit },
          { type: 's', value: subgroup },
          { type: 'array', element: 'u', items: [{ type: 'u', value: pid }] },
        ],
      });
    } catch (error) {
      throw scopeError(unit, error);
    }
  }

  close(): void {
    this.#connection.close();
  }
}

function unitError(unit: string, error: unknown): unknown {
  if (!(error instanceof DBusError)) return error;
  return new BryoError('no-unit', `systemd cannot do that with ${unit}: ${error.message}`, {
    cause: error,
  });
}

function scopeError(unit: string, error: unknown): unknown {
  if (!(error instanceof DBusError)) return error;
  return new BryoError('no-scope', `systemd cannot set up ${unit}: ${error.message}`, {
    cause: error,
  });
}
