import { complaint, ended } from '../ended.ts';
import type { TortureRow } from '../harness.ts';

const crowd = 100;
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const parallelRuns: TortureRow = {
  name: 'parallel',
  says: `${crowd} containers at once: each has its own output and exit code, nothing stays`,
  rounds: 5,
  shortRounds: 1,
  podman: true,
  async prepare({ sandbox, figures }) {
    sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
    return async () => {
      const outcomes = await Promise.all(
        range(crowd).map(async (index) => {
          const script = `echo ${index}; exit ${index % 7}`;
          const args = ['run', '--rm', '--network', 'none', 'hello', 'sh', '-c', script];
          const result = await ended(sandbox, args);
          const { code, stdout, stderr } = result;
          const fine = code === index % 7 && stdout === `${index}\n` && stderr === '';
          figures.share('right', fine);
          figures.time('run', result.milliseconds);
          return fine ? [] : [complaint(args, result)];
        }),
      );
      const left = sandbox.ok('ps', '-aq');
      figures.peak('left', left.split('\n').length - 1, 'containers');
      return [...outcomes.flat(), ...(left === '' ? [] : [`containers are left: ${left}`])];
    };
  },
};

export const sameName: TortureRow = {
  name: 'name',
  says: `${crowd} commands want the same name: one gets it`,
  rounds: 5,
  shortRounds: 1,
  podman: true,
  async prepare({ sandbox, figures }) {
    return async () => {
      const args = ['create', '--network', 'none', '--name', 'one', 'hello'];
      const results = await Promise.all(range(crowd).map(() => ended(sandbox, args)));
      const winners = results.filter(({ code }) => code === 0);
      const losers = results.filter(({ code }) => code !== 0);
      const odd = losers.filter(
        ({ code, stderr }) => code !== 125 || !/already in use/.test(stderr),
      );
      figures.peak('winners', winners.length, 'command');
      for (const { milliseconds } of results) figures.time('create', milliseconds);
      const left = sandbox.ok('ps', '-aq', '--no-trunc');
      sandbox.ok('rm', 'one');
      return [
        ...(winners.length === 1 ? [] : [`${winners.length} commands have got the name`]),
        ...(left === winners[0]?.stdout ? [] : [`there are other containers: ${left}`]),
        ...odd.map((result) => complaint(args, result)),
      ];
    };
  },
};
