import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../../support/bryo.ts';
import { statusNumber } from '../../support/monitor.ts';
import type { TortureRow } from '../harness.ts';

const mebibyte = 1 << 20;
/** The payload writes numbered lines of 4 MB again and again. */
const lastLine = 20_000;
const padding = 'x'.repeat(200);
const size = (repeats: number): number =>
  repeats * Array.from({ length: lastLine }, (_, at) => `${at + 1} ${padding}\n`).join('').length;

function payload(repeats: number): string {
  const lines = `seq 1 ${lastLine} | sed "s/$/ ${padding}/" >/n`;
  const flood = `for i in $(seq ${repeats}); do cat /n; done`;
  const clock = (name: string) => `read ${name} other </proc/uptime`;
  const told = 'echo $begin $end >/told; mv /told /done';
  return `${lines}; ${clock('begin')}; ${flood}; ${clock('end')}; ${told}; sleep 1000`;
}

/** Waits for the end of the flood; gives the seconds that it took. */
async function awaitFlood(sandbox: Sandbox): Promise<number> {
  for (;;) {
    const { code, stdout } = sandbox.run(['exec', 'c', 'cat', '/done']);
    const [begin = 0, end = 0] = stdout.split(' ').map(Number);
    if (code === 0) return end - begin;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Reads the log as its user does; `gaps` counts lines that do not follow the one before. */
async function readLog(sandbox: Sandbox): Promise<{ lines: number; last: number; gaps: number }> {
  const child = sandbox.start(['logs', 'c']);
  child.stdin?.end();
  child.stderr?.resume();
  const log = { lines: 0, last: 0, gaps: 0 };
  if (child.stdout === null) return log;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = Number.parseInt(text, 10);
    if (log.lines > 0 && line !== (log.last % lastLine) + 1) log.gaps += 1;
    log.lines += 1;
    log.last = line;
  }
  return log;
}

/** What the files of a log take together. */
function diskUse(path: string): number {
  const files = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  return files.reduce((sum, name) => sum + statSync(join(dirname(path), name)).size, 0);
}

export const logFlood: TortureRow = {
  name: 'flood',
  says: '1 GB of log: no line is lost below the cap, the newest stay above it, the monitor stays small',
  rounds: 4,
  shortRounds: 2,
  podman: true,
  async prepare({ sandbox, figures, short }) {
    const repeats = short ? 8 : 256;
    const inspect = (template: string) =>
      sandbox.ok('inspect', '--format', `{{${template}}}`, 'c').trim();
    return async (index) => {
      const capped = index % 2 === 1;
      const limit = ['--log-opt', `max-size=${capped ? '4m' : '2g'}`, '--log-opt', 'max-file=3'];
      const flags = ['-d', '--network', 'none', '--name', 'c', ...limit];
      try {
        sandbox.ok('run', ...flags, 'hello', 'sh', '-c', payload(repeats));
        const seconds = await awaitFlood(sandbox);
        figures.rate(capped ? 'capped' : 'uncapped', size(repeats) / seconds / 1e6, 'MB/s');
        const peak = statusNumber(inspect('.State.ConmonPid'), 'VmHWM');
        figures.peak('monitor', peak, 'KiB');
        const bytes = diskUse(inspect('.HostConfig.LogConfig.Path'));
        if (capped) figures.peak('capped log', Math.ceil(bytes / mebibyte), 'MiB');
        const { lines, last, gaps } = await readLog(sandbox);
        const lost = lastLine * repeats - lines;
        if (!capped) figures.peak('lost', lost, 'lines');
        if (capped) figures.peak('kept of capped', lines, 'lines');
        const complete = last === lastLine && gaps === 0 && (capped || lost === 0);
        return [
          ...(complete ? [] : [`${lines} lines up to ${last}, ${gaps} out of turn`]),
          ...(capped && bytes > 12 * mebibyte ? [`the log takes ${bytes} bytes`] : []),
          ...(peak < 8192 ? [] : [`the monitor took ${peak} KiB`]),
        ];
      } finally {
        sandbox.run(['rm', '-f', '-t', '0', 'c']);
      }
    };
  },
};
