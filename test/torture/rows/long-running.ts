import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sandbox } from '../../support/bryo.ts';
import { openDescriptors, statusNumber } from '../../support/monitor.ts';
import { complaint, ended } from '../ended.ts';
import type { TortureRow } from '../harness.ts';

const detached = ['run', '-d', '--network', 'none', '--name'];
const mebibyte = 1 << 20;

function inspect(sandbox: Sandbox, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, 'c').trim();
}

/** Numbered lines of 4 MB, written again and again. */
const lastLine = 20_000;
const repeats = 8;
const padding = 'x'.repeat(200);

async function awaitMark(sandbox: Sandbox): Promise<void> {
  while (sandbox.run(['exec', 'c', 'test', '-e', '/done']).code !== 0) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export const logFlood: TortureRow = {
  name: 'flood',
  says: '33 MB of log: no line is lost below the cap, the newest stay above it, the monitor stays small',
  rounds: 31,
  shortRounds: 2,
  async prepare({ sandbox }) {
    return async (index) => {
      const capped = index % 2 === 1;
      const size = capped ? '4m' : '400m';
      const flags = ['--log-opt', `max-size=${size}`, '--log-opt', 'max-file=3'];
      const script = `seq 1 ${lastLine} | sed "s/$/ ${padding}/" >/n; for i in $(seq ${repeats}); do cat /n; done; touch /done; sleep 1000`;
      sandbox.ok(...detached, 'c', ...flags, 'hello', 'sh', '-c', script);
      await awaitMark(sandbox);
      const peak = statusNumber(inspect(sandbox, '.State.ConmonPid'), 'VmHWM');
      const directory = dirname(inspect(sandbox, '.LogPath'));
      const files = readdirSync(directory).filter((name) => name.startsWith('ctr.log'));
      const bytes = files.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
      const lines = sandbox
        .ok('logs', 'c')
        .trimEnd()
        .split('\n')
        .map((line) => Number.parseInt(line, 10));
      sandbox.run(['rm', '-f', '-t', '0', 'c']);
      const gaps = lines.filter(
        (line, at) => at > 0 && line !== ((lines[at - 1] ?? 0) % lastLine) + 1,
      ).length;
      const whole = capped || lines.length === lastLine * repeats;
      const complete = lines.at(-1) === lastLine && whole;
      return [
        ...(gaps === 0 && complete
          ? []
          : [`${lines.length} lines up to ${lines.at(-1)}, ${gaps} out of turn`]),
        ...(capped && bytes > 12 * mebibyte ? [`the log takes ${bytes} bytes`] : []),
        ...(peak < 8192 ? [] : [`the monitor took ${peak} KiB`]),
      ];
    };
  },
};

const sessions = 100;
const atOnce = 10;

export const manySessions: TortureRow = {
  name: 'exec',
  says: `${sessions} exec sessions, ${atOnce} at a time: none fails, nothing of them stays`,
  rounds: 100,
  shortRounds: 1,
  async prepare({ sandbox }) {
    sandbox.ok(...detached, 'c', 'hello', 'sleep', '100000');
    sandbox.ok('exec', 'c', 'true');
    const monitor = inspect(sandbox, '.State.ConmonPid');
    const files = (): number => openDescriptors(monitor);
    // An overlay's work directory is closed to an ordinary user: find goes on where readdir ends.
    const state = (): number =>
      spawnSync('find', [sandbox.root, sandbox.runroot]).stdout.toString().split('\n').length;
    const before = { files: files(), memory: statusNumber(monitor, 'RssAnon'), state: state() };
    return async () => {
      const problems: string[] = [];
      const args = ['exec', 'c', 'true'];
      for (let done = 0; done < sessions; done += atOnce) {
        const results = await Promise.all(
          Array.from({ length: atOnce }, () => ended(sandbox, args)),
        );
        const bad = results.filter(({ code, stderr }) => code !== 0 || stderr !== '');
        problems.push(...bad.map((result) => complaint(args, result)));
      }
      if (files() !== before.files) problems.push(`descriptors: ${before.files}, now ${files()}`);
      const grown = statusNumber(monitor, 'RssAnon') - before.memory;
      if (grown > 128) problems.push(`the monitor has grown by ${grown} KiB`);
      if (state() > before.state) problems.push(`files: ${before.state}, now ${state()}`);
      return problems;
    };
  },
};

const orphans = 500;

export const manyOrphans: TortureRow = {
  name: 'orphans',
  says: `${orphans} orphaned processes with --init: no zombie stays`,
  rounds: 20,
  shortRounds: 1,
  async prepare({ sandbox }) {
    sandbox.ok(...detached, 'c', '--init', 'hello', 'sleep', '100000');
    const script = `i=0; while [ $i -lt ${orphans} ]; do (true &); i=$((i+1)); done`;
    return async () => {
      const result = sandbox.run(['exec', 'c', 'sh', '-c', script]);
      const problems = result.code === 0 ? [] : [complaint(['exec'], result)];
      for (let attempt = 0; attempt < 100; attempt += 1) {
        if (!/^Z/m.test(sandbox.ok('top', 'c', 'state'))) return problems;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return [...problems, `zombies are left: ${sandbox.ok('top', 'c', 'pid', 'state', 'args')}`];
    };
  },
};
