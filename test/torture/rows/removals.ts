import { complaint, ended } from '../ended.ts';
import type { TortureContext, TortureRow } from '../harness.ts';

const runs = 12;
/** Containers that are removed by name while they are being started. */
const contested = 4;
const prunes = ['container', 'volume', 'container', 'system', 'container', 'volume'];
const none = ['--network', 'none'];

function name(index: number): string {
  return `n${index}`;
}

/** Runs whose containers prunes may take away only when they have ended. */
async function run({ sandbox, figures }: TortureContext, index: number): Promise<string[]> {
  const flags = [...none, '--volume', '/data', ...(index % 2 === 0 ? ['--rm'] : [])];
  const args = ['run', ...flags, 'hello', 'sh', '-c', 'echo fine >/data/f; cat /data/f'];
  const result = await ended(sandbox, args);
  const { code, stdout, stderr, milliseconds } = result;
  const fine = code === 0 && stdout === 'fine\n' && stderr === '';
  figures.share('runs right', fine);
  figures.time('run', milliseconds);
  return fine ? [] : [complaint(args, result)];
}

async function succeed({ sandbox, figures }: TortureContext, args: string[]): Promise<string[]> {
  const result = await ended(sandbox, args);
  const fine = result.code === 0 && result.stderr === '';
  figures.share('removals right', fine);
  return fine ? [] : [complaint(args, result)];
}

/** A container that is removed meanwhile may fail to start, in one line. */
async function runContested({ sandbox }: TortureContext, index: number): Promise<string[]> {
  const args = ['run', '-d', ...none, '--name', name(index), 'hello', 'sleep', '1000'];
  const result = await ended(sandbox, args);
  const told = result.stderr.trimEnd().split('\n').length === 1;
  const fine = result.code === 0 ? result.stderr === '' : told && result.stderr !== '';
  return fine ? [] : [complaint(args, result)];
}

/** What is there still must run and can be entered; gives what does not. */
function findBroken({ sandbox, figures }: TortureContext): string[] {
  const listed = sandbox.ok('ps', '-a', '--format', '{{.Names}}').split('\n');
  const broken = listed
    .filter((container) => /^n\d$/.test(container))
    .filter((container) => sandbox.run(['exec', container, 'true']).code !== 0);
  figures.peak('broken', broken.length, 'containers');
  return broken.map((container) => `broken: ${container}`);
}

export const racedRemovals: TortureRow = {
  name: 'prune',
  says: 'containers start while they or others are removed and pruned: none is broken',
  rounds: 20,
  shortRounds: 2,
  podman: true,
  async prepare(context) {
    const { sandbox } = context;
    const range = (count: number) => Array.from({ length: count }, (_, index) => index);
    const remove = (index: number) => ['rm', '--force', '--ignore', '--time', '0', name(index)];
    return async () => {
      const results = await Promise.all([
        ...range(runs).map((index) => run(context, index)),
        ...range(contested).map((index) => runContested(context, index)),
        ...range(contested).map((index) => succeed(context, remove(index))),
        ...prunes.map((what) => succeed(context, [what, 'prune', '--force'])),
      ]);
      const broken = findBroken(context);
      sandbox.run(['rm', '--all', '--force', '--time', '0']);
      sandbox.run(['volume', 'prune', '--force']);
      const left = sandbox.ok('ps', '-aq') + sandbox.ok('volume', 'ls', '-q');
      return [...results.flat(), ...broken, ...(left === '' ? [] : [`left: ${left}`])];
    };
  },
};
