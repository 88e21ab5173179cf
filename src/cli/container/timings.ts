import type { LaunchPhase } from '../../monitor/launch.ts';
import type { CliContext } from '../context.ts';

/** Phases of this process, on the clock that the launcher's are measured with. */
export interface PhaseClock {
  mark(name: string): void;
  readonly phases: LaunchPhase[];
}

/** Begins when this process did. */
export function startClock(): PhaseClock {
  const now = process.hrtime.bigint();
  const begun = now - BigInt(Math.round(process.uptime() * 1e9));
  const phases: LaunchPhase[] = [
    { name: 'process', nanoseconds: begun },
    { name: 'parsed', nanoseconds: now },
  ];
  return {
    phases,
    mark: (name) => {
      phases.push({ name, nanoseconds: process.hrtime.bigint() });
    },
  };
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
