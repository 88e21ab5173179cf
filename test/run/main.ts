import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Parser } from 'tap-parser';
import { testUser } from '../support/user.ts';

/** One test file on one form of the product. */
interface Job {
  file: string;
  product: 'exe' | 'node';
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

function findTests(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return findTests(path);
    return /\.(test|guest|delegated|root)\.js$/.test(entry.name) ? [path] : [];
  });
}

/** Tests for everywhere, or those of the virtual machine for one of its users (test/vm/guest.sh). */
type Kind = 'test' | 'guest' | 'delegated' | 'root';

/** In the machine everything else runs, too, when it is asked for by name. */
function isWanted(file: string, kind: Kind, filters: readonly string[]): boolean {
  const isTest = file.endsWith('.test.js');
  const isOfKind = file.endsWith(`.${kind}.js`);
  if (filters.length === 0) return isOfKind;
  const fits = filters.some((filter) => relative(testDir, file).includes(filter));
  return fits && (isOfKind || isTest);
}

/** What drives the command line runs on the executable and on plain Node; BRYO_TEST_FORM=exe: not. */
function jobsFor(file: string): Job[] {
  const both = /^cli\//.test(relative(testDir, file)) && process.env['BRYO_TEST_FORM'] !== 'exe';
  return both
    ? [
        { file, product: 'exe' },
        { file, product: 'node' },
      ]
    : [{ file, product: 'exe' }];
}

function runJob({ file, product }: Job): Promise<Outcome> {
  return new Promise((resolve) => {
    const outcome: Outcome = { passed: 0, failed: 0, skipped: 0, output: '' };
    const child = spawn(process.execPath, [file], {
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

async function main(words: readonly string[]): Promise<void> {
  // Made once, here: two test files that find no user would each make one.
  testUser();
  const [, kind = 'test'] = /^--(guest|delegated|root)$/.exec(words[0] ?? '') ?? [];
  const filters = kind === 'test' ? words : words.slice(1);
  const wanted = findTests(testDir)
    .sort()
    .filter((file) => isWanted(file, kind as Kind, filters));
  const queue = wanted.flatMap(jobsFor);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const outcome = await runJob(job);
      total.passed += outcome.passed;
      total.failed += outcome.failed;
      total.skipped += outcome.skipped;
      const name = relative(testDir, job.file).replace(/\.(test|guest|delegated|root)\.js$/, '');
      const mark = outcome.failed === 0 ? 'ok  ' : 'FAIL';
      process.stdout.write(`${mark} ${name} (${job.product}): ${outcome.passed} passed\n`);
      if (outcome.failed > 0) process.stdout.write(`${outcome.output}\n`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const { passed, failed, skipped } = total;
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

await main(process.argv.slice(2));
