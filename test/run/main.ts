import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Parser } from 'tap-parser';
import { openRoom, type Room } from '../support/room.ts';
import { testUser } from '../support/user.ts';
import { lostNames, runsOnNode } from './forms.ts';
import { shownFailures } from './shown-failures.ts';

/** One test file on one form of the product. */
interface Job {
  file: string;
  product: 'exe' | 'node';
  /** In a delegated control group of the unified hierarchy (test/support/room.ts). */
  inRoom: boolean;
}

interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  output: string;
}

const testDir = fileURLToPath(new URL('..', import.meta.url));
/** For one file; BRYO_TEST_MINUTES is more in a virtual machine, which may be an emulated one. */
const fileTimeout = Number(process.env['BRYO_TEST_MINUTES'] ?? 10) * 60_000;
const parallel = 2;
/** Failed files of a whole run that are tried again, alone: more of them are no accident of a busy machine. */
const mostAgain = 2;

function findTests(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return findTests(path);
    return /\.(test|room|guest|delegated|root)\.js$/.test(entry.name) ? [path] : [];
  });
}

/** Tests for everywhere, or those of the virtual machine for one of its users (test/vm/guest.sh). */
type Kind = 'test' | 'guest' | 'delegated' | 'root';

/** Tests for everywhere that mean something else where containers have control groups. */
const alsoInRoom = [
  'attack/a12-control-groups',
  'attack/a40-strays',
  'cli/bridge',
  'cli/exec',
  'cli/health',
  'cli/killed',
  'cli/lifecycle',
  'cli/network-changes',
  'cli/pods',
  'cli/restart',
  'cli/root-caller',
];

/** In the machine everything else runs, too, when it is asked for by name. */
function isWanted(file: string, kind: Kind, filters: readonly string[]): boolean {
  const isTest = file.endsWith('.test.js');
  const isForRoom = file.endsWith('.room.js') && (kind === 'test' || kind === 'guest');
  const isOfKind = file.endsWith(`.${kind}.js`) || isForRoom;
  if (filters.length === 0) return isOfKind;
  const fits = filters.some((filter) => relative(testDir, file).includes(filter));
  return fits && (isOfKind || isTest);
}

function nameOf(file: string): string {
  return relative(testDir, file).replace(/\.(test|room|guest|delegated|root)\.js$/, '');
}

/** The runs of a file. In the virtual machine every user has control groups. */
function jobsFor(file: string, kind: Kind): Job[] {
  const name = nameOf(file);
  if (file.endsWith('.room.js')) return [{ file, product: 'exe', inRoom: kind === 'test' }];
  const jobs: Job[] = [{ file, product: 'exe', inRoom: false }];
  if (runsOnNode(name)) jobs.push({ file, product: 'node', inRoom: false });
  const again = kind === 'test' && alsoInRoom.includes(name);
  if (again) jobs.push({ file, product: 'exe', inRoom: true });
  return jobs;
}

let rooms = 0;

/** A file of tests that cannot have a room has failed. */
async function runInRoom(job: Job): Promise<Outcome> {
  let room: Room;
  try {
    rooms += 1;
    room = openRoom(`bryo-room-${process.pid}-${rooms}`);
  } catch (error) {
    return { passed: 0, failed: 1, skipped: 0, output: String(error) };
  }
  const outcome = await runJob(job, room.enter);
  const left = room.close();
  if (left.length === 0) return outcome;
  const output = `${outcome.output}\ncontrol groups are left behind: ${left.join(', ')}\n`;
  return { ...outcome, failed: outcome.failed + 1, output };
}

function runJob(
  { file, product }: Job,
  enter = (argv: readonly string[]): string[] => [...argv],
): Promise<Outcome> {
  return new Promise((resolve) => {
    const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, output: '' };
    const [program = '', ...words] = enter([process.execPath, file]);
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // One limit for the whole file: a busy machine slows down each of its tests.
      env: {
        ...process.env,
        BRYO_UNDER_TEST: product,
        TAP_BAIL: '0',
        TAP_TIMEOUT: String(fileTimeout / 1000),
      },
      timeout: fileTimeout,
      killSignal: 'SIGKILL',
    });
    const parser = new Parser((results) => {
      outcome.passed += results.pass;
      outcome.failed += results.fail;
      outcome.skipped += results.skip + results.todo;
    });
    const keep = (text: string): void => {
      outcome.output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep).pipe(parser);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('close', (code, signal) => {
      // A file that dies without a failed assertion has failed all the same.
      if ((code !== 0 || signal !== null) && outcome.failed === 0) {
        outcome.failed += 1;
        outcome.output += `\n${file}: ended with ${signal ?? `status ${code}`}\n`;
      }
      resolve(outcome);
    });
  });
}

function titleOf(job: Job): string {
  return `${nameOf(job.file)} (${job.inRoom ? `${job.product}, in a room` : job.product})`;
}

function tell(what: string, jobs: readonly Job[]): void {
  if (jobs.length > 0) process.stdout.write(`${what}: ${jobs.map(titleOf).join(', ')}\n`);
}

/** Of an attack that succeeds once in a while, the once counts. */
function mayBeUnsteady(job: Job): boolean {
  return !nameOf(job.file).startsWith('attack/');
}

async function runAndTell(job: Job): Promise<Outcome> {
  const start = performance.now();
  const outcome = await (job.inRoom ? runInRoom(job) : runJob(job));
  const mark = outcome.failed === 0 ? 'ok  ' : 'FAIL';
  const seconds = Math.round((performance.now() - start) / 1000);
  process.stdout.write(`${mark} ${titleOf(job)}: ${outcome.passed} passed (${seconds} s)\n`);
  if (outcome.failed > 0) process.stdout.write(`${shownFailures(outcome.output)}\n`);
  return outcome;
}

async function main(words: readonly string[]): Promise<void> {
  // Made once, here: two test files that find no user would each make one.
  testUser();
  const [, kind = 'test'] = /^--(guest|delegated|root)$/.exec(words[0] ?? '') ?? [];
  const filters = kind === 'test' ? words : words.slice(1);
  const found = findTests(testDir).sort();
  const unknown = lostNames(found.map(nameOf));
  if (unknown.length > 0) throw new Error(`no test file in test/cli: ${unknown.join(', ')}`);
  const wanted = found.filter((file) => isWanted(file, kind as Kind, filters));
  const queue = wanted.flatMap((file) => jobsFor(file, kind as Kind));
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failed: { job: Job; failures: number }[] = [];
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const outcome = await runAndTell(job);
      total.passed += outcome.passed;
      total.failed += outcome.failed;
      total.skipped += outcome.skipped;
      if (outcome.failed > 0) failed.push({ job, failures: outcome.failed });
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const unsteady: Job[] = [];
  if (filters.length === 0 && failed.length <= mostAgain) {
    for (const { job, failures } of failed.filter(({ job }) => mayBeUnsteady(job))) {
      process.stdout.write(`again, alone: ${titleOf(job)}\n`);
      if ((await runAndTell(job)).failed > 0) continue;
      unsteady.push(job);
      total.failed -= failures;
    }
  }
  const lost = failed.map(({ job }) => job).filter((job) => !unsteady.includes(job));
  tell('failed', lost);
  tell('UNSTEADY, passed only when run again (CONTRIBUTING.md, "Unsteady tests")', unsteady);
  process.stdout.write(
    `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  );
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

await main(process.argv.slice(2));
