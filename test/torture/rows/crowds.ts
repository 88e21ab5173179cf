import { complaint, ended } from '../ended.ts';
import type { TortureRow } from '../harness.ts';

const crowd = 100;
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

export const parallelRuns: TortureRow = {
  name: 'parallel',
  says: `${crowd} containers at once: each has its own output and exit code, nothing stays`,
  rounds: 5,
  shortRounds: 1,
  async prepare({ sandbox }) {
    sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
    return async () => {
      const outcomes = await Promise.all(
        range(crowd).map(async (index) => {
          const script = `echo ${index}; exit ${index % 7}`;
          const args = ['run', '--rm', '--network', 'none', 'hello', 'sh', '-c', script];
          const result = await ended(sandbox, args);
          const { code, stdout, stderr } = result;
          const fine = code === index % 7 && stdout === `${index}\n` && stderr === '';
          return fine ? [] : [complaint(args, result)];
        }),
      );
      const left = sandbox.ok('ps', '-aq');
      return [...outcomes.flat(), ...(left === '' ? [] : [`containers are left: ${left}`])];
    };
  },
};

export const sameName: TortureRow = {
  name: 'name',
  says: `${crowd} commands want the same name: one gets it`,
  rounds: 5,
  shortRounds: 1,
  async prepare({ sandbox }) {
    return async () => {
      const args = ['create', '--network', 'none', '--name', 'one', 'hello'];
      const results = await Promise.all(range(crowd).map(() => ended(sandbox, args)));
      const winners = results.filter(({ code }) => code === 0);
      const losers = results.filter(({ code }) => code !== 0);
      const odd = losers.filter(
        ({ code, stderr }) => code !== 125 || !/already in use/.test(stderr),
      );
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

export const prunedRuns: TortureRow = {
  name: 'prune',
  says: 'containers start while others are pruned and removed: none is broken',
  rounds: 20,
  shortRounds: 1,
  async prepare({ sandbox }) {
    return async () => {
      const run = ['run', '--network', 'none', 'hello', 'echo', 'fine'];
      const runs = range(12).map(async (index) => {
        const args = index % 2 === 0 ? ['run', '--rm', ...run.slice(1)] : run;
        const result = await ended(sandbox, args);
        const { code, stdout, stderr } = result;
        return code === 0 && stdout === 'fine\n' && stderr === '' ? [] : [complaint(args, result)];
      });
      const prunes = range(6).map(async () => {
        const args = ['container', 'prune', '--force'];
        const result = await ended(sandbox, args);
        return result.code === 0 && result.stderr === '' ? [] : [complaint(args, result)];
      });
      const problems = (await Promise.all([...runs, ...prunes])).flat();
      sandbox.ok('container', 'prune', '--force');
      return problems;
    };
  },
};
