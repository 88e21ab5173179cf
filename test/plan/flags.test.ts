/**
 * test/plan/container.golden has a line for every flag of `run` and `create` that a plan can show,
 * with all that it changes: whoever changes a flag sees here what else changed.
 */
import t from 'tap';
import { containerOptions } from '../../src/cli/options/container-options.ts';
import { decideLine } from './decide.ts';
import { fakeEngine, playCaller } from './fake-store.ts';
import { type GoldenCase, readGolden, writeGolden } from './golden.ts';
import { difference } from './views.ts';

const golden = 'container';

/** Flags of a command line that say nothing of the container: where it comes from, who hears of it. */
const notOfPlans = [
  ...['replace', 'cidfile', 'pod-id-file', 'quiet', 'disable-content-trust'],
  ...['pull', 'arch', 'os', 'platform', 'variant', 'tls-verify', 'authfile'],
];

/** Lines of the plain container that depend on the machine's kernel, limits, helpers and hosts file. */
const ofMachine = /^hosts: |legacyMount|seccomp|slirp4netns|rlimit/;
/** Lines that tell of the host's devices, all of which --privileged gives, and what they shift. */
const ofDevices = /slot=|linux\.devices/;

async function linesOf(line: string): Promise<string[]> {
  const { engine, remove } = fakeEngine();
  try {
    return await decideLine(engine, line);
  } finally {
    remove();
  }
}

function changesOf(line: string, plain: readonly string[], lines: string[]): string[] {
  if (line === 'image') return plain.filter((text) => !ofMachine.test(text));
  if (lines[0]?.startsWith('!') === true) return lines;
  const changes = difference(plain, lines);
  return line.includes('--privileged') ? changes.filter((text) => !ofDevices.test(text)) : changes;
}

/** The cases with what they change today. */
async function changesNow(cases: readonly GoldenCase[]): Promise<GoldenCase[]> {
  const plain = await linesOf('image');
  const result: GoldenCase[] = [];
  for (const { line } of cases) {
    const lines = await linesOf(line);
    result.push({ line, changes: changesOf(line, plain, lines) });
  }
  return result;
}

playCaller();
const cases = readGolden(golden);
const now = await changesNow(cases);
if (process.argv.includes('--write')) writeGolden(golden, now);

t.test('each line changes what it changed', async (t) => {
  for (const [index, { line, changes }] of cases.entries()) {
    t.same(now[index]?.changes, changes, line);
  }
});

t.test('every flag is in a line', async (t) => {
  const given = cases.flatMap(({ line }) => line.split(' '));
  const missing = containerOptions.filter(
    ({ name, short }) =>
      !given.some((word) => word.split('=')[0] === `--${name}`) &&
      !given.some((word) => short !== undefined && /^-[^-]/.test(word) && word.includes(short)) &&
      !notOfPlans.includes(name),
  );
  t.same(
    missing.map(({ name }) => name),
    [],
  );
});
