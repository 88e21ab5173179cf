import type { InstructionOf, StageInstruction } from '../containerfile/instructions.ts';

/** The number and the values of arguments, as docker and buildah put them before a command. */
function argumentWords(values: readonly { name: string; value: string }[]): string {
  if (values.length === 0) return '';
  const sorted = values.map(({ name, value }) => `${name}=${value}`).sort();
  return `|${values.length} ${sorted.join(' ')} `;
}

/** The history's words for RUN: what stands behind its name, here-documents with it. */
export function runWords(
  instruction: InstructionOf<'run'>,
  values: readonly { name: string; value: string }[],
): string {
  const line = instruction.text.replace(/^\S+\s+/, '');
  const texts = instruction.documents.map(({ content }) => content.replace(/\n$/, ''));
  return `${argumentWords(values)}/bin/sh -c ${[line, ...texts].join('\n')}`;
}

/** The history's words for COPY and ADD: `sum` stands for what was copied. */
export function copyWords(instruction: InstructionOf<'copy' | 'add'>, sum: string): string {
  const name = instruction.kind.toUpperCase();
  return `/bin/sh -c #(nop) ${name} ${sum} in ${instruction.destination} `;
}

/** The history's words for an instruction that makes no layer. */
export function metadataWords(instruction: StageInstruction): string {
  if (instruction.kind !== 'arg') return `/bin/sh -c #(nop) ${instruction.text}`;
  const names = instruction.arguments.map(({ name }) => name);
  return `/bin/sh -c #(nop) ARG ${names.join(' ')}`;
}
