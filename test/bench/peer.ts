import { spawnSync } from 'node:child_process';
import { productArgv } from '../support/product.ts';
import { testUserSpawnOptions } from '../support/user.ts';

/** A container engine under measurement. */
export interface Peer {
  name: 'bryo' | 'podman';
  argv(...words: string[]): string[];
  /** Flags of `run` without which the peer cannot work here. */
  runFlags: string[];
}

/** bryo and podman with crun, each with a store of its own below the directory. */
export function makePeers(directory: string): { bryo: Peer; podman: Peer } {
  const bryo: Peer = {
    name: 'bryo',
    argv: (...words) => [
      ...productArgv(),
      '--root',
      `${directory}/b`,
      '--runroot',
      `${directory}/br`,
      ...words,
    ],
    runFlags: [],
  };
  const podmanFlags = [
    '--root',
    `${directory}/p`,
    '--runroot',
    `${directory}/pr`,
    '--runtime',
    'crun',
  ];
  const podman: Peer = {
    name: 'podman',
    argv: (...words) => [
      'podman',
      ...podmanFlags,
      '--cgroup-manager',
      'cgroupfs',
      '--events-backend',
      'file',
      ...words,
    ],
    runFlags: ['--cgroups=disabled'],
  };
  return { bryo, podman };
}

/** Run as the test user without a wrapper, whose time would count. */
function userOptions() {
  return { cwd: '/', ...testUserSpawnOptions() };
}

/** Runs a command; throws when it fails. */
export function run(argv: readonly string[], as: 'user' | 'root' = 'user'): string {
  const [program = '', ...args] = argv;
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(as === 'user' ? userOptions() : {}),
  });
  if (result.status !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

/** A process as large as this one takes some 20 ms to start another: a small one holds the watch. */
const stopwatch = `
start=$EPOCHREALTIME
"$@" </dev/null >/dev/null 2>&1
status=$?
end=$EPOCHREALTIME
echo $(( \${end/[.,]/} - \${start/[.,]/} ))
exit $status`;

/** Milliseconds that a command takes; its output goes to /dev/null. */
export function time(argv: readonly string[]): number {
  return Number(run(['bash', '-c', stopwatch, 'stopwatch', ...argv])) / 1000;
}

/** Milliseconds for a number of runs of a command, some at a time. */
export function timeParallel(argv: readonly string[], runs: number, width: number): number {
  const all = `seq ${runs} | xargs -P ${width} -I RUN "$@"`;
  return time(['sh', '-c', all, 'sh', ...argv]);
}
