import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProcesses } from '../../support/processes.ts';
import { testUser } from '../../support/user.ts';
import type { TortureContext, TortureRow } from '../harness.ts';

/** What there is too little of: a limit of prlimit(1), or what a shell does to a command. */
type Scarcity =
  | { kind: 'limit'; resource: 'nproc' | 'nofile' | 'as' | 'data' | 'fsize'; value: number }
  | { kind: 'shell'; script: string };

const mebibyte = 1 << 20;

function limits(resource: 'nproc' | 'nofile' | 'as' | 'data' | 'fsize', values: number[]) {
  return values.map((value): Scarcity => ({ kind: 'limit', resource, value }));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const scarcities: readonly Scarcity[] = [
  // Above what the user has running.
  ...limits('nproc', [...upTo(14), 20, 30, 40]),
  ...limits('nofile', [...upTo(36).slice(3), 48, 64]),
  ...limits(
    'as',
    [16, 100, 200, 300, 384, 450, 512, 1024].map((size) => size * mebibyte),
  ),
  ...limits(
    'data',
    [1, 16, 64, 512].map((size) => size * mebibyte),
  ),
  ...limits('fsize', [0, 1, 100, 4096, 65_536, mebibyte]),
  ...[
    '"$@" >/dev/full',
    '"$@" 2>/dev/full',
    '"$@" >&-',
    '"$@" 2>&-',
    '"$@" <&-',
    '"$@" <&- >&- 2>&-',
    '"$@" </',
    '"$@" | true',
    'mkdir "$0/gone"; cd "$0/gone"; rmdir "$0/gone"; "$@"',
    'unset HOME; "$@"',
    'HOME=/nonexistent "$@"',
    'HOME=/proc "$@"',
    'unset XDG_RUNTIME_DIR; "$@"',
    'TMPDIR=/nonexistent "$@"',
    'PATH= "$@"',
  ].map((script): Scarcity => ({ kind: 'shell', script })),
];

function describe(scarcity: Scarcity): string {
  return scarcity.kind === 'shell' ? scarcity.script : `${scarcity.resource} ${scarcity.value}`;
}

/** Threads of the user that the kernel counts against RLIMIT_NPROC. */
function tasksOfUser(): number {
  const { uid } = testUser();
  const counts = inProcesses(({ pid }) =>
    statSync(`/proc/${pid}`).uid === uid ? readdirSync(`/proc/${pid}/task`).length : null,
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function limited(scarcity: Scarcity, directory: string): string[] {
  if (scarcity.kind === 'shell') return ['sh', '-c', scarcity.script, directory];
  const { resource, value } = scarcity;
  const limit = resource === 'nproc' ? value + tasksOfUser() : value;
  return ['prlimit', `--${resource}=${limit}:${limit}`, '--'];
}

/** Milliseconds after which a command hangs. */
const patience = 120_000;
const report = /^\s+at |panic|oh no|[Bb]un |TypeError|undefined|terminate called|\.[jt]s:\d/m;

/** Runs a command with too little of something; gives what is wrong with how it takes that. */
function problemsOf(
  context: TortureContext,
  args: readonly string[],
  scarcity: Scarcity,
): string[] {
  const argv = context.sandbox.argv(args);
  const at = argv.findIndex((word) => /\/(bryo|node)$/.test(word));
  const words = [...argv.slice(0, at), ...limited(scarcity, context.sandbox.directory)];
  const [program = '', ...rest] = [...words, ...argv.slice(at)];
  const { status, signal, stderr, error } = spawnSync(program, rest, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
    cwd: '/',
  });
  const what = `${args.join(' ')} with ${describe(scarcity)}`;
  const shown = `status ${status ?? signal}: ${stderr.slice(0, 500)}`;
  if (error !== undefined) return [`${what}: ${error.message}: ${stderr}`];
  const lines = stderr
    .split('\n')
    .filter((line) => line !== '' && !/^time="[^"]*" level=warning /.test(line));
  const isSilenced = scarcity.kind === 'shell' && scarcity.script.includes('2>');
  const said = status === 0 ? lines.length === 0 : isSilenced || lines.length === 1;
  // 128 and more: a signal; 141 is how shells tell of a reader that has left.
  const ended = status !== null && (status < 128 || status === 141);
  return said && ended && !report.test(stderr) ? [] : [`${what}: ${shown}`];
}

export const scarceResources: TortureRow = {
  name: 'scarce',
  says: 'with too few processes, descriptors, addresses, streams commands end with a status and one line',
  rounds: 600,
  shortRounds: 90,
  async prepare(context) {
    const { sandbox } = context;
    const files = sandbox.makeDirectory('files');
    const archive = join(files, 'image.tar');
    const output = join(files, 'output.tar');
    writeFileSync(output, '', { mode: 0o666 });
    sandbox.ok('run', '-d', '--name', 'a', '--network', 'none', 'hello', 'sleep', '100000');
    sandbox.ok('run', '--name', 'b', '--network', 'none', 'hello', 'touch', '/changed');
    sandbox.ok('save', '-q', '-o', archive, 'hello');
    sandbox.ok('export', '-o', join(files, 'flat.tar'), 'b');
    const commands: string[][] = [
      ['run', '--rm', '--network', 'none', 'hello', 'true'],
      ['run', '--rm', 'hello', 'true'],
      ['run', '-d', '--rm', '--network', 'none', 'hello', 'true'],
      ['create', '--name', 'n', '-v', 'v:/v', 'hello'],
      ['exec', 'a', 'true'],
      ['pull', '-q', '127.0.0.1:1/x'],
      ['load', '-q', '-i', archive],
      ['save', '-q', '-o', output, 'hello'],
      ['save', '-q', 'hello'],
      ['commit', '-q', 'b', 'made:1'],
      ['import', '-q', join(files, 'flat.tar'), 'made:2'],
      ['export', 'b'],
      ['cp', 'b:/changed', '-'],
      ['cp', '/etc/hostname', 'a:/tmp/copied'],
      ['diff', 'b'],
      ['ps', '-a'],
      ['images'],
      ['inspect', 'a'],
      ['logs', 'b'],
      ['events', '--stream=false'],
      ['rm', '-f', 'nothing'],
      ['rmi', '-f', 'made:1'],
      ['volume', 'create', 'w'],
      ['volume', 'ls'],
      ['volume', 'prune', '-f'],
      ['system', 'df'],
      ['system', 'check', '--quick'],
      ['top', 'a'],
      ['info'],
    ];
    const tidy = (): void => {
      sandbox.run(['rm', '--ignore', '--force', '--volumes', 'n']);
      sandbox.run(['rmi', '--ignore', '--force', 'made:1', 'made:2']);
      sandbox.run(['volume', 'rm', '--force', 'v', 'w']);
    };
    const pick = <T>(list: readonly T[]): T =>
      list[Math.floor(context.random() * list.length)] as T;
    return async (index) => {
      const problems = problemsOf(context, pick(commands), pick(scarcities));
      // A store of its own each time would take long; what is left shows in the next round, too.
      if (index % 10 === 9) tidy();
      if (index % 10 === 9) problems.push(...context.nextCommand(index));
      return problems;
    };
  },
};
