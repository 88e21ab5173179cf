import type { Instruction } from './instructions.ts';

/** The beginning of a here-document, as BuildKit and Buildah show it. */
function summary(content: string): string {
  const [first = '', ...more] = content.trim().split('\n');
  return ` (${first}${more.length > 0 ? '...' : ''})`;
}

/** An instruction as progress shows it: with a word of its here-documents. */
export function stepText({ text, documents }: Instruction): string {
  return text + documents.map(({ content }) => summary(content)).join('');
}
