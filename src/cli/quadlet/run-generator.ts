import { convertAll } from '../../engine/system/quadlet/convert.ts';
import { leftToPodman } from '../../engine/system/quadlet/places.ts';
import type { Converted } from '../../quadlet/convert.ts';
import { findUnits, hasUnits, searchDirectories } from '../../quadlet/discover.ts';
import { type Problem, problemText } from '../../quadlet/problem.ts';
import { writeServices } from '../../quadlet/write.ts';
import { commands } from '../commands.ts';
import { stderr, stdout } from '../output.ts';
import { productFor, searchCircumstances } from './circumstances.ts';

const usage = `usage: bryo-user-generator [--dryrun] [--user] NORMAL-DIR [EARLY-DIR [LATE-DIR]]

Makes services of .container, .volume, .image and other unit files, for systemd to run.
See bryo-systemd.unit(5).

  --dryrun   print the services instead of writing them
  --user     for a user's service manager; that is always so
`;

/** Prefixes by which the journal knows how serious a line is (sd-daemon(3)). */
const levels = { error: '<3>', warning: '<4>' } as const;

function report(problems: readonly Problem[], toJournal: boolean): void {
  for (const problem of problems) {
    const prefix = toJournal ? levels[problem.severity] : '';
    stderr.write(`${prefix}bryo-user-generator: ${problemText(problem)}\n`);
  }
}

function printServices(converted: readonly Converted[]): void {
  for (const { service } of converted) {
    if (service === null) continue;
    stdout.write(`---${service.name}---\n${service.text}\n`);
  }
}

/** The generator (systemd.generator(7)): resolves with its exit status. */
export async function runGenerator(words: readonly string[]): Promise<number> {
  const flags = words
    .filter((word) => word.startsWith('-'))
    .map((word) => word.replace(/^--?/, ''));
  const unknown = flags.find(
    (flag) => !['dryrun', 'dry-run', 'user', 'no-kmsg-log'].includes(flag),
  );
  const [directory] = words.filter((word) => !word.startsWith('-'));
  const dryRun = flags.includes('dryrun') || flags.includes('dry-run');
  if (unknown !== undefined || (directory === undefined && !dryRun)) {
    stderr.write(usage);
    return 1;
  }
  const circumstances = searchCircumstances();
  const directories = searchDirectories(circumstances);
  if (!hasUnits(directories)) return 0;
  const left = dryRun ? null : leftToPodman();
  if (left !== null) {
    stderr.write(`<4>bryo-user-generator: ${left}\n`);
    return 0;
  }
  const units = findUnits(directories);
  const converted = convertAll(units, await productFor(commands, units));
  report(
    converted.flatMap(({ problems }) => problems),
    !dryRun,
  );
  if (dryRun) printServices(converted);
  else
    writeServices(
      directory ?? '',
      converted.flatMap(({ service }) => service ?? []),
    );
  return converted.some(({ service }) => service === null) ? 1 : 0;
}
