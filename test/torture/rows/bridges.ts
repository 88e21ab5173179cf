import { readFileSync } from 'node:fs';
import { complaint, ended } from '../ended.ts';
import type { TortureContext, TortureRow } from '../harness.ts';

const atOnce = 16;
const most = 200;
/** Of the tester's own, and of processes that are about to end. */
const otherKeys = 20;
const network = 'crowded';

/** Does something for so many, some at a time; what it resolves with, in their order. */
async function each<T>(count: number, action: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await action(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

function addresses({ sandbox }: TortureContext): string[] {
  const format = `{{.Name}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}`;
  const ids = sandbox.ok('ps', '-q', '--no-trunc').trim().split('\n');
  return sandbox
    .ok('inspect', '--format', format, ...ids)
    .trim()
    .split('\n');
}

export const crowdedBridge: TortureRow = {
  name: 'bridge',
  says: `up to ${most} containers on one bridge, ${atOnce} at a time: each gets an address of its own, reaches another by name, and gives all back`,
  rounds: 3,
  shortRounds: 1,
  async prepare(context) {
    const { sandbox, figures, short } = context;
    // Each has a session keyring, and the kernel may give a user 200 keys, not one more.
    const keys = Number(readFileSync('/proc/sys/kernel/keys/maxkeys', 'latin1'));
    const crowd = short ? 40 : Math.min(most, keys - otherKeys);
    // Hardly more than there are containers: each round needs those of the last one.
    sandbox.ok('network', 'create', '--subnet', short ? '10.93.7.0/26' : '10.93.7.0/24', network);
    return async () => {
      const problems: string[] = [];
      const start = (index: number): string[] => [
        ...['run', '-d', '--name', `c${index}`, '--network', network, '--cap-add', 'NET_RAW'],
        ...['hello', 'sleep', '100000'],
      ];
      const started = await each(crowd, (index) => ended(sandbox, start(index)));
      started.forEach((result, index) => {
        const sound = result.code === 0 && result.stderr === '';
        figures.share('started', sound);
        figures.time('start', result.milliseconds);
        if (!sound) problems.push(complaint(start(index), result));
      });
      const taken = addresses(context).map((line) => line.split(' ')[1] ?? '');
      if (new Set(taken).size !== crowd || taken.includes('')) {
        problems.push(`${crowd} containers have ${new Set(taken).size} addresses`);
      }
      // By its name, whoever was started last: names, the bridge and the guard of its ports.
      const ask = ['exec', 'c0', 'ping', '-c', '1', '-W', '10', `c${crowd - 1}`];
      const asked = await ended(sandbox, ask);
      if (asked.code !== 0) problems.push(complaint(ask, asked));
      const removed = await each(crowd, (index) =>
        ended(sandbox, ['rm', '-f', '-t', '0', `c${index}`]),
      );
      for (const result of removed) {
        figures.time('rm', result.milliseconds);
        if (result.code !== 0) problems.push(complaint(['rm'], result));
      }
      const left = sandbox.ok('ps', '-aq').trim();
      if (left !== '') problems.push(`containers are left: ${left}`);
      return problems;
    };
  },
};
