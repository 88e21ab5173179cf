import { closeSync, readSync, writeSync } from 'node:fs';
import type { LauncherFd } from '../contract/descriptors.ts';
import { names } from '../contract/names.ts';
import { addon } from '../native/addon.ts';
import { ownEnvironment } from '../native/environment.ts';
import { leaveSignalsToPayload } from '../native/front.ts';
import { libexecPath } from '../native/locate.ts';
import { killFamily, Waiting } from '../native/waiting.ts';
import { launchWithSpare } from './spare.ts';

/** A phase of a launch with the CLOCK_MONOTONIC time at its end, in nanoseconds. */
export interface LaunchPhase {
  name: string;
  nanoseconds: bigint;
}

/** The result of a launch: the payload runs, or a step of the plan failed. */
export type LaunchResult =
  /** `launcher` is the process that stays as the monitor. */
  | { kind: 'started'; pid: number; launcher: number; phases: LaunchPhase[] }
  | {
      kind: 'failed';
      /** Index of the plan's record, -1 when it was none of them. */
      step: number;
      /** errno, 0 when the text says it all. */
      errno: number;
      text: string;
    };

/** Standard descriptors for the monitor: only a passthrough log keeps the caller's. */
export interface LaunchOptions {
  /** The monitor's end of an attach connection, which this call closes, or null. */
  client: number | null;
  /** Descriptors that the payload gets, from 3 on. */
  preserved?: readonly number[];
  /** The caller's sockets that lead to the payload. */
  published?: readonly number[];
  /** Descriptors of its bridges, by what they are. */
  bridges?: readonly [LauncherFd, number][];
  /**
   * For a plan with a gate: puts the launcher (a pid) into its control group and returns the
   * directory of the payload's one.
   */
  place?: Place | null;
  /** A descriptor whose other end is kept: when that is closed the payload is killed. */
  caller?: number;
  /** Standard streams of the launcher; absent: the command's own. */
  stdio?: readonly [number, number, number];
}

/** Bytes of the status pipe that are read at once. */
const statusSize = 4096;

/** `announce` hears of a group that is about to be made and that the launcher is to remove. */
type Place = (pid: number, announce: (path: string) => void) => string;

const startedLine = new RegExp(`^${names.startedReport} (\\d+)$`);
const phaseLine = new RegExp(`^${names.phaseReport} (\\S+) (\\d+)$`);
const failedLine = new RegExp(`^${names.failedReport} (-?\\d+) (\\d+) ([\\s\\S]*?)\\n?$`);

function parseStatus(text: string, launcher: number): LaunchResult {
  const lines = text.split('\n');
  const [first = ''] = lines;
  const started = startedLine.exec(first);
  if (started !== null) {
    const phases: LaunchPhase[] = [];
    for (const line of lines) {
      const [, name, time] = phaseLine.exec(line) ?? [];
      if (name !== undefined && time !== undefined)
        phases.push({ name, nanoseconds: BigInt(time) });
    }
    return { kind: 'started', pid: Number(started[1]), launcher, phases };
  }
  const failed = failedLine.exec(text);
  if (failed !== null) {
    const [, step, errno, detail = ''] = failed;
    return { kind: 'failed', step: Number(step), errno: Number(errno), text: detail };
  }
  return { kind: 'failed', step: -1, errno: 0, text: 'the launcher ended without a word' };
}

/**
 * Tells a waiting launcher where its payload goes: a line. Without it, as when this process is killed, it
 * gives up and removes what it has been told of.
 */
function openGate(gate: number, pid: number, place: Place): void {
  let announced = '';
  const announce = (path: string): void => {
    announced = path;
    writeSync(gate, path);
  };
  try {
    const path = place(pid, announce);
    writeSync(gate, announced === '' ? `${path}\n` : '\n');
  } finally {
    closeSync(gate);
  }
}

const ownStreams = [0, 1, 2] as const;

function spawnLauncher(
  argv: readonly string[],
  fds: readonly number[],
  stdio: readonly number[] = ownStreams,
): number {
  const path = libexecPath('bryo-launcher');
  const words = ['bryo-launcher', 'run', ...argv];
  return addon().spawn(path, words, ownEnvironment(), [...stdio, ...fds]);
}

/** Milliseconds that a start takes as a rule: for so long nothing else is done, so that none is lost. */
const usualStart = 50;
/** Milliseconds between two looks at one that takes longer. */
const lookInterval = 2;

/**
 * All that the launcher says until it closes its end. One of which a process is stopped is told of, and
 * killed when that does not change.
 */
async function readStatus(fd: number, pid: number): Promise<string> {
  const waiting = new Waiting('the start of the container');
  const buffer = Buffer.alloc(statusSize);
  const begun = performance.now();
  let text = '';
  for (;;) {
    const left = Math.ceil(begun + usualStart - performance.now());
    if (addon().awaitReadable(fd, Math.max(0, left))) {
      const size = readSync(fd, buffer);
      if (size === 0) return text;
      text += buffer.toString('utf8', 0, size);
      continue;
    }
    await new Promise((resolve) => setTimeout(resolve, lookInterval));
    const reason = waiting.vainReason(pid);
    if (reason === null) continue;
    killFamily(pid);
    return `${names.failedReport} -1 0 ${reason}\n`;
  }
}

/**
 * Starts a launcher for an encoded plan and waits until the payload runs or the start has failed.
 *
 * The launcher stays as the container's monitor. What `place` throws is thrown on once the launcher has
 * ended.
 */
export async function launch(plan: Uint8Array, options: LaunchOptions): Promise<LaunchResult> {
  const native = addon();
  const planFd = native.memfdSealed('bryo-plan', plan);
  const [statusRead, statusWrite] = native.pipe();
  const place = options.place ?? null;
  const gate = place === null ? null : native.pipe();
  const given: [LauncherFd, number][] = [
    ['plan', planFd],
    ['status', statusWrite],
  ];
  if (options.client !== null) given.push(['client', options.client]);
  if (gate !== null) given.push(['gate', gate[0]]);
  if (options.caller !== undefined) given.push(['caller', options.caller]);
  given.push(...(options.bridges ?? []));
  for (const fd of options.published ?? []) given.push(['published', fd]);
  for (const fd of options.preserved ?? []) given.push(['preserved', fd]);
  const argv = ['--fds', given.map(([name]) => name).join(',')];
  const fds = given.map(([, fd]) => fd);
  if (options.client !== null) leaveSignalsToPayload();
  let pid: number;
  try {
    const { stdio } = options;
    const spare = stdio === undefined ? launchWithSpare(argv, fds) : null;
    pid = spare ?? spawnLauncher(argv, fds, stdio);
  } finally {
    closeSync(statusWrite);
    closeSync(planFd);
    if (gate !== null) closeSync(gate[0]);
    if (options.client !== null) closeSync(options.client);
  }
  let unplaced: { error: unknown } | null = null;
  try {
    if (gate !== null && place !== null) openGate(gate[1], pid, place);
  } catch (error) {
    unplaced = { error };
  }
  const text = await readStatus(statusRead, pid);
  closeSync(statusRead);
  const result = parseStatus(text, pid);
  // A process that had ended before, as when another command starts the container, could not be placed.
  const hasOwnReason = result.kind === 'failed' && result.errno !== 0;
  if (unplaced !== null && !hasOwnReason) throw unplaced.error;
  return result;
}
