import type { Containerfile } from '../containerfile.ts';
import type { Instruction, Place } from '../instructions.ts';
import type { Statement } from '../lines.ts';
import { isOldForm } from '../read-pairs.ts';
import { plainWords, splitFirst, splitFlags } from '../words.ts';
import type { CheckRule } from './rules.ts';

/** Tells of what is found. */
export type Report = (rule: CheckRule, place: Place, message: string) => void;

function isSelfConsistent(word: string): boolean {
  return word === word.toLowerCase() || word === word.toUpperCase();
}

/** Names of instructions as they are written, with their places; ARGs before the first FROM do not count. */
function namesOf({ statements }: Containerfile): { name: string; place: Place }[] {
  const names = statements.map(({ text, place }) => ({ name: splitFirst(text)[0], place }));
  const first = names.findIndex(({ name }) => name.toLowerCase() === 'from');
  return names.slice(Math.max(first, 0));
}

function checkCasing(file: Containerfile, report: Report): void {
  const names = namesOf(file);
  const consistent = names.filter(({ name }) => isSelfConsistent(name));
  const lower = consistent.filter(({ name }) => name === name.toLowerCase()).length;
  const wantsLower = lower > consistent.length - lower;
  for (const { name, place } of names) {
    if (name === (wantsLower ? name.toLowerCase() : name.toUpperCase())) continue;
    const majority = wantsLower ? 'lowercase' : 'uppercase';
    report(
      'ConsistentInstructionCasing',
      place,
      `Command '${name}' should match the case of the command majority (${majority})`,
    );
  }
}

function checkFrom(statement: Statement, escapeToken: string, report: Report): void {
  const { text, place } = statement;
  const [from, whole] = splitFirst(text);
  const [, as, name] = plainWords(splitFlags(whole, escapeToken).rest);
  if (as === undefined || name === undefined) return;
  if (name !== name.toLowerCase()) {
    report('StageNameCasing', place, `Stage name '${name}' should be lowercase`);
  }
  const wanted = from === from.toLowerCase() ? as.toLowerCase() : as.toUpperCase();
  if (isSelfConsistent(from) && as !== wanted) {
    report('FromAsCasing', place, `'${as}' and '${from}' keywords' casing do not match`);
  }
}

function checkDescription(
  { comments, place }: Statement,
  instruction: Instruction,
  report: Report,
): void {
  const names =
    instruction.kind === 'arg'
      ? instruction.arguments.map(({ name }) => name)
      : instruction.kind === 'from' && instruction.name !== null
        ? [instruction.name]
        : [];
  const [first] = comments.at(-1)?.split(' ') ?? [];
  if (names.length === 0 || first === undefined || names.includes(first)) return;
  const example = names.length > 1 ? '<arg_key>' : names[0];
  report(
    'InvalidDefinitionDescription',
    place,
    `Comment for ${instruction.kind.toUpperCase()} should follow the format: \`# ${example} <description>\``,
  );
}

/** Checks of how a file is written, whatever it means. */
export function checkWriting(file: Containerfile, report: Report): void {
  const { escapeToken } = file.directives;
  checkCasing(file, report);
  for (const [index, statement] of file.statements.entries()) {
    const { place, text } = statement;
    const instruction = file.instructions[index];
    if (instruction === undefined) continue;
    if (statement.emptyContinuation) {
      report('NoEmptyContinuation', place, 'Empty continuation line');
    }
    checkDescription(statement, instruction, report);
    if (instruction.kind === 'from') checkFrom(statement, escapeToken, report);
    if (instruction.kind !== 'env' && instruction.kind !== 'label') continue;
    if (!isOldForm(splitFirst(text)[1], escapeToken)) continue;
    const name = instruction.kind.toUpperCase();
    report(
      'LegacyKeyValueFormat',
      place,
      `"${name} key=value" should be used instead of legacy "${name} key value" format`,
    );
  }
}
