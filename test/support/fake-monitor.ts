/**
 * Stands in for a container's launcher, monitor and first process, without namespaces: what other commands
 * know of a container that runs is in its monitor's records and in a lock.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRecord } from '../../src/container/records.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { takeOwnerLock } from '../../src/native/locks.ts';
import { bootId, processStartTicks } from '../../src/native/processes.ts';
import { storePaths } from '../../src/store/paths.ts';

const self = fileURLToPath(import.meta.url);

/** A container that runs, as far as other commands can tell. */
export interface FakeRun {
  /** Ends its first process, which has status 0 then, and waits until that is on record. */
  end(): Promise<void>;
}

/** Lets a container run whose first process waits for SIGTERM. */
export async function playRunning(engine: Engine, name: string): Promise<FakeRun> {
  const directory = storePaths.container(engine.store, findRecord(engine.store, name).id);
  const monitor = spawn(process.execPath, [self, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(monitor.stdout, 'data');
  return {
    async end() {
      if (monitor.exitCode === null) {
        monitor.stdin.end();
        await once(monitor, 'exit');
      }
    },
  };
}

function writeState(directory: string, payload: ChildProcess): void {
  const pid = payload.pid ?? 0;
  const state = {
    status: 'running',
    bootId: bootId(),
    monitorPid: process.pid,
    monitorStart: processStartTicks(process.pid),
    pid,
    pidStart: processStartTicks(pid),
    startedAt: new Date().toISOString(),
  };
  writeFileSync(join(directory, 'state.json'), JSON.stringify(state));
}

async function monitor(directory: string): Promise<void> {
  const lock = takeOwnerLock(join(directory, 'lock'));
  const payload = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] });
  await once(payload, 'spawn');
  writeState(directory, payload);
  process.stdin.on('end', () => payload.stdin.end()).resume();
  process.stdout.write('ready\n');
  const [code, signal] = (await once(payload, 'exit')) as [number | null, string | null];
  const exit = {
    exitCode: code ?? 137,
    signal: signal === null ? 0 : 9,
    cause: signal === null ? 'exited' : 'signaled',
    exitedAt: new Date().toISOString(),
  };
  writeFileSync(join(directory, 'exit.json'), JSON.stringify(exit));
  lock?.release();
  process.exit(0);
}

if (process.argv[1] === self) await monitor(process.argv[2] ?? '');
