import { parseDuration } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { checkStore, type Finding } from '../../engine/system/check/check-store.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

function lineOf({ kind, subject, problem, repair, advice }: Finding): string {
  const outcome = repair ?? (advice === '' ? null : advice);
  const what = kind === 'garbage' ? subject : `${kind} ${subject}`;
  return printable(`${what} ${problem}${outcome === null ? '' : ` (${outcome})`}`);
}

export const command = defineCommand({
  name: 'system-check',
  noun: 'system',
  summary: 'Look for damage in the store, and mend it',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'repair',
      short: 'r',
      help: 'unpack damaged layers again from their blobs, restore the index, names and descriptions, remove what nothing needs',
    },
    {
      name: 'force',
      short: 'f',
      help: 'with --repair: also remove images, containers and files of networks that cannot be mended',
    },
    { name: 'quick', short: 'q', help: 'leave away what reads every byte of blobs and layers' },
    {
      name: 'max',
      short: 'm',
      value: 'DURATION',
      default: '0s',
      help: 'blobs and layers that nothing needs count only when they are older',
    },
  ],
  description: [
    'Checks that every blob has the content that its digest says, that the layers have the files of their blobs, and that images, containers, names, volumes and networks are as they were recorded. Prints a line for everything that is not. The status is 0 when nothing is damaged, or all of it was mended.',
    'What commands that were killed have left behind is removed by the next command, whichever it is; it is no damage.',
  ],
  examples: [
    { command: 'bryo system check --quick', says: 'a first look' },
    { command: 'bryo system check --repair', says: 'mend what can be mended' },
  ],
  async run(invocation) {
    const { context } = invocation;
    const force = invocation.flag('force');
    const repair = invocation.flag('repair');
    if (force && !repair) throw new BryoError('usage', '--force is only of use with --repair');
    const maxAge = parseDuration(invocation.text('max') ?? '0s');
    makeStore(context.engine.store);
    const quick = invocation.flag('quick');
    const findings = await checkStore(context.engine, { repair, force, quick, maxAge });
    for (const finding of findings) printLine(context, lineOf(finding));
    const left = findings.filter((finding) => finding.repair === null);
    if (left.length === 0) return 0;
    throw new BryoError('damaged-store', 'damage detected in the store', {
      hint: repair ? 'the lines above say what can be done' : '--repair mends what can be mended',
    });
  },
});
