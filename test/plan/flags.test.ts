/**
 * The golden files have a line for every flag of `run`, `create` and `pod create` that a plan can show,
 * with all that it changes: whoever changes a flag sees here what else changed.
 */
import t from 'tap';
import type { OptionSpec } from '../../src/cli/command.ts';
import { containerOptions } from '../../src/cli/options/container-options.ts';
import { command as podCreate } from '../../src/cli/pod/create.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { fakeEngine, playCaller } from '../support/fake-engine.ts';
import { decideLine } from './decide.ts';
import { decidePodLine } from './decide-pod.ts';
import { type GoldenCase, readGolden, writeGolden } from './golden.ts';
import { difference } from './views.ts';

/** A golden file: what the flags of some commands change. */
interface Golden {
  name: string;
  /** The line without any flag, which the others are compared with. */
  plain: string;
  decide(engine: Engine, line: string): Promise<string[]>;
  options: readonly OptionSpec[];
  /** Flags that say nothing of what is made: where it comes from, who hears of it. */
  notOfPlans: readonly string[];
  /** Of lines that fit the first expression the changes that fit the second are not shown. */
  hidden: readonly [line: RegExp, change: RegExp];
}

/** Lines of the plain container that depend on the machine's kernel, limits, helpers and hosts file. */
const ofMachine = /^hosts: |legacyMount|seccomp|slirp4netns|rlimit/;

const goldens: readonly Golden[] = [
  {
    name: 'container',
    plain: 'image',
    decide: decideLine,
    options: containerOptions,
    notOfPlans: [
      ...['replace', 'cidfile', 'pod-id-file', 'quiet', 'disable-content-trust'],
      ...['pull', 'arch', 'os', 'platform', 'variant', 'tls-verify', 'authfile'],
      ...['retry', 'retry-delay'],
    ],
    // All of the host's devices, and what they shift.
    hidden: [/--privileged/, /slot=|linux\.devices/],
  },
  {
    name: 'pod',
    plain: 'pod',
    decide: decidePodLine,
    options: podCreate.options,
    // An image for the holder is shown, and its program is not run.
    notOfPlans: ['replace', 'pod-id-file', 'infra-image'],
    // There is nothing to start.
    hidden: [/--infra=false|--share none/, /^- (?!pod\.|record\.id)/],
  },
];

async function linesOf({ decide }: Golden, line: string): Promise<string[]> {
  const { engine, remove } = fakeEngine();
  try {
    return await decide(engine, line);
  } finally {
    remove();
  }
}

/** The cases with what they change today. */
async function changesNow(golden: Golden, cases: readonly GoldenCase[]): Promise<GoldenCase[]> {
  const plain = await linesOf(golden, golden.plain);
  const changesOf = (line: string, lines: string[]): string[] => {
    if (line === golden.plain) return plain.filter((text) => !ofMachine.test(text));
    if (lines[0]?.startsWith('!') === true) return lines;
    const changes = difference(plain, lines);
    const [where, what] = golden.hidden;
    return where.test(line) ? changes.filter((text) => !what.test(text)) : changes;
  };
  const result: GoldenCase[] = [];
  for (const { line } of cases) {
    result.push({ line, changes: changesOf(line, await linesOf(golden, line)) });
  }
  return result;
}

/** Names of the flags that no line has. */
function missingFlags({ options, notOfPlans }: Golden, cases: readonly GoldenCase[]): string[] {
  const given = cases.flatMap(({ line }) => line.split(' '));
  const missing = options.filter(
    ({ name, short }) =>
      !given.some((word) => word.split('=')[0] === `--${name}`) &&
      !given.some((word) => short !== undefined && /^-[^-]/.test(word) && word.includes(short)) &&
      !notOfPlans.includes(name),
  );
  return missing.map(({ name }) => name);
}

playCaller();
for (const golden of goldens) {
  const cases = readGolden(golden.name);
  const now = await changesNow(golden, cases);
  if (process.argv.includes('--write')) writeGolden(golden.name, now);

  t.test(`${golden.name}: each line changes what it changed`, async (t) => {
    for (const [index, { line, changes }] of cases.entries()) {
      t.same(now[index]?.changes, changes, line);
    }
  });

  t.test(`${golden.name}: every flag is in a line`, async (t) => {
    t.same(missingFlags(golden, cases), []);
  });
}
