import type { Instruction } from './instructions.ts';

/** The beginning of a here-document, as BuildKit and Buildah show it. */
function summary(content: string): string {
  const [first = '', ...more] = content.trim().split('\n');
  return ` (${first}${more.length > 0 ? '...' : ''})`;
}

/** The names in capital letters, as podman shows them whatever the file has. */
export function shownText(text: string): string {
  const whole = text.replace(/^\S+/, (name) => name.toUpperCase());
  return whole.startsWith('FROM') ? whole.replace(/(?<=\s)as(?=\s+\S+$)/i, 'AS') : whole;
}

/** An instruction as progress shows it: with a word of its here-documents. */
export function stepText({ text, documents }: Instruction): string {
  return shownText(text) + documents.map(({ content }) => summary(content)).join('');
}
