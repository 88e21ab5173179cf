import type { LaunchPhase } from '../../monitor/launch.ts';
import { addon } from '../../native/addon.ts';
import type { CliContext } from '../context.ts';

/** Phases of this process, on the clock that the launcher's are measured with. */
export interface PhaseClock {
  mark(name: string): void;
  readonly phases: LaunchPhase[];
}

/** Begins when this process did; marks nothing unless timings are wanted. */
export function startClock(wanted: boolean): PhaseClock {
  const phases: LaunchPhase[] = [];
  const mark = (name: string): void => {
    if (wanted) phases.push({ name, nanoseconds: addon().monotonicNow() });
  };
  if (wanted) {
    const begun = addon().monotonicNow() - BigInt(Math.round(process.uptime() * 1e9));
    phases.push({ name: 'process', nanoseconds: begun });
  }
  mark('parsed');
  return { phases, mark };
}

/** Prints how long each phase took, in milliseconds, on standard error. */
export function printTimings(
  context: CliContext,
  clock: PhaseClock,
  launched: readonly LaunchPhase[],
): void {
  clock.mark('reported');
  const all = [...clock.phases, ...launched].sort((a, b) =>
    a.nanoseconds < b.nanoseconds ? -1 : 1,
  );
  const [first] = all;
  let before = first?.nanoseconds ?? 0n;
  for (const { name, nanoseconds } of all.slice(1)) {
    const ms = Number(nanoseconds - before) / 1e6;
    context.stderr.write(`${name.padEnd(12)}${ms.toFixed(2).padStart(8)} ms\n`);
    before = nanoseconds;
  }
  const total = Number(before - (first?.nanoseconds ?? 0n)) / 1e6;
  context.stderr.write(`${'total'.padEnd(12)}${total.toFixed(2).padStart(8)} ms\n`);
}
