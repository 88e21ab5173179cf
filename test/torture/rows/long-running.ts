import { spawnSync } from 'node:child_process';
import type { Sandbox } from '../../support/bryo.ts';
import { openDescriptors, statusNumber } from '../../support/monitor.ts';
import { complaint, ended } from '../ended.ts';
import type { TortureRow } from '../harness.ts';
import { timeUntil } from '../processes.ts';

const detached = ['run', '-d', '--network', 'none', '--name'];

function inspect(sandbox: Sandbox, template: string): string {
  return sandbox.ok('inspect', '--format', `{{${template}}}`, 'c').trim();
}

const sessions = 100;
const atOnce = 10;

export const manySessions: TortureRow = {
  name: 'exec',
  says: `${sessions} exec sessions, ${atOnce} at a time: none fails, nothing of them stays`,
  rounds: 100,
  shortRounds: 1,
  podman: true,
  async prepare({ sandbox, figures }) {
    sandbox.ok(...detached, 'c', 'hello', 'sleep', '100000');
    sandbox.ok('exec', 'c', 'true');
    const monitor = inspect(sandbox, '.State.ConmonPid');
    const files = (): number => openDescriptors(monitor);
    // An overlay's work directory is closed to an ordinary user: find goes on where readdir ends. A
    // second file of events is made when the first is full.
    const state = (): number =>
      spawnSync('find', [sandbox.root, sandbox.runroot, '!', '-name', 'events*'])
        .stdout.toString()
        .split('\n').length;
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
        for (const result of results) {
          figures.share('right', !bad.includes(result));
          figures.time('exec', result.milliseconds);
        }
      }
      figures.growth('descriptors', files(), `per ${sessions}`);
      figures.growth('memory', statusNumber(monitor, 'RssAnon'), `KiB per ${sessions}`);
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
  podman: true,
  async prepare({ sandbox, figures }) {
    sandbox.ok(...detached, 'c', '--init', 'hello', 'sleep', '100000');
    const script = `i=0; while [ $i -lt ${orphans} ]; do (true &); i=$((i+1)); done`;
    const count = 'cat /proc/[0-9]*/status 2>/dev/null | grep -c "^State:.Z"; true';
    return async () => {
      const result = sandbox.run(['exec', 'c', 'sh', '-c', script]);
      const problems = result.code === 0 ? [] : [complaint(['exec'], result)];
      const zombies = (): number => Number(sandbox.ok('exec', 'c', 'sh', '-c', count));
      const reaped = await timeUntil(10_000, () => zombies() === 0);
      const left = reaped === null ? zombies() : 0;
      figures.peak('left', left, 'zombies');
      return left === 0 ? problems : [...problems, `${left} zombies are left`];
    };
  },
};
