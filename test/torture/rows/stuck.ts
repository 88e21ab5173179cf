import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { childPids } from '../../../src/native/processes.ts';
import type { Result } from '../../support/bryo.ts';
import { ProcessFiles } from '../../support/processes.ts';
import { complaint, ended } from '../ended.ts';
import type { TortureContext, TortureRow } from '../harness.ts';
import { kill, lives } from '../processes.ts';

/** No command may take longer; much more than all the patience of one that waits for three others. */
const bound = 120_000;

interface Member {
  pid: number;
  /** Whether it is a part of the launch, not the command that has asked for it. */
  launches: boolean;
}

function isOfLaunch(pid: number): boolean {
  try {
    return new ProcessFiles(pid).words()[0] === 'bryo-launcher';
  } catch {
    return false;
  }
}

/** A command and all that it has started, itself first. */
function familyOf(pid: number): Member[] {
  return [{ pid, launches: isOfLaunch(pid) }, ...childPids(pid).flatMap(familyOf)];
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It was faster.
  }
}

/** What a command did within the bound; a line about one that goes on, or says what no user understands. */
async function bounded(
  { sandbox, figures }: TortureContext,
  args: string[],
): Promise<[Result | null, string[]]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), bound);
  });
  const result = await Promise.race([ended(sandbox, args), late]);
  clearTimeout(timer);
  figures.share('ends', result !== null);
  if (result === null) return [null, [`${args.join(' ')} goes on`]];
  figures.time(args[0] ?? '', result.milliseconds);
  const clear = result.stderr
    .split('\n')
    .every((line) => /^$|^(Error|Warning): |^time="[^"]*" level=/.test(line));
  return [result, clear ? [] : [complaint(args, result)]];
}

/** A process to be hit: mostly a part of the launch, once there is one, else anyone at any time. */
async function choose(context: TortureContext, command: number, span: number): Promise<Member> {
  const pause = (most: number) =>
    new Promise((resolve) => setTimeout(resolve, context.random() * most));
  const ofLaunch = context.random() < 0.8;
  const until = performance.now() + 10 * span;
  const parts = () => familyOf(command).filter(({ launches }) => launches);
  while (ofLaunch && parts().length === 0 && performance.now() < until);
  await pause(ofLaunch ? span / 4 : span);
  const from = ofLaunch && parts().length > 0 ? parts() : familyOf(command);
  return from[Math.floor(context.random() * from.length)] ?? { pid: command, launches: false };
}

async function round(context: TortureContext, index: number, span: number): Promise<string[]> {
  const { sandbox, figures } = context;
  const signal = index % 2 === 0 ? 'SIGSTOP' : 'SIGKILL';
  const command = sandbox.start([
    'run',
    '-d',
    '--name',
    'c',
    '--network',
    'none',
    'hello',
    'sleep',
    '1000',
  ]);
  command.stdin?.end();
  const over = new Promise((resolve) => command.on('close', resolve));
  const victim = await choose(context, command.pid ?? 0, span);
  send(victim.pid, signal);
  figures.share('parts of a launch', victim.launches);
  const members = familyOf(command.pid ?? 0);
  const problems: string[] = [];
  const verbs = [
    ['start', 'c'],
    ['stop', '-t', '0', 'c'],
    ['kill', 'c'],
    ['wait', 'c'],
    ['rm', '-f', '-t', '0', 'c'],
  ];
  const results = await Promise.all(verbs.map((args) => bounded(context, args)));
  problems.push(...results.flatMap(([, wrong]) => wrong));
  // A command that is stopped may hold what the others need.
  if (!victim.launches) kill(victim.pid);
  const timer = setTimeout(() => {
    problems.push('the command itself goes on');
    for (const { pid } of familyOf(command.pid ?? 0)) kill(pid);
  }, bound);
  await over;
  clearTimeout(timer);
  const [removed, wrong] = await bounded(context, ['rm', '-f', '-i', '-t', '0', 'c']);
  if (removed?.code !== 0 && removed !== null) problems.push(complaint(['rm'], removed));
  problems.push(...wrong);
  for (const { pid } of members.filter(({ pid }) => lives(pid))) {
    problems.push(`process ${pid} lives on after ${signal} of ${victim.pid}`);
    kill(pid);
  }
  const containers = join(sandbox.root, 'containers');
  const left = existsSync(containers) ? readdirSync(containers) : [];
  return left.length === 0 ? problems : [...problems, `left: ${left.join(' ')}`];
}

export const stuckLaunches: TortureRow = {
  name: 'stuck',
  says: 'a part of a launch is killed or stopped: run, start, stop, kill, wait and rm -f come to an end',
  rounds: 100,
  shortRounds: 4,
  async prepare(context) {
    const span = context.duration(['run', '--rm', '--network', 'none', 'hello', 'true']);
    return (index) => round(context, index, span);
  },
};
