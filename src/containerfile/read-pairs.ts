import { Refusal } from './errors.ts';
import type { ArgumentDeclaration, Pair } from './instructions.ts';
import { quotedWords, splitFirst } from './words.ts';

/**
 * The pairs of ENV and LABEL: `A=1 B="two words"`, or the old form `A 1 2`, of which the rest of the line
 * is the value. Quotes stay: the words are expanded later. Throws Refusal.
 */
export function readPairs(instruction: string, text: string, escapeToken: string): Pair[] {
  const words = quotedWords(text, escapeToken);
  if (words.length === 0) throw new Refusal(`${instruction} requires at least one argument`);
  if (!words[0]?.includes('=')) {
    const [key, value] = splitFirst(text);
    if (value === '') throw new Refusal(`${instruction} must have two arguments`);
    return [{ key, value }];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) {
      const shown = JSON.stringify(word);
      throw new Refusal(`Syntax error - can't find = in ${shown}. Must be of the form: name=value`);
    }
    if (equals === 0) throw new Refusal(`${instruction} names can not be blank`);
    return { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

/** Whether ENV or LABEL is written in the old form, `KEY value`. */
export function isOldForm(text: string, escapeToken: string): boolean {
  return !quotedWords(text, escapeToken)[0]?.includes('=');
}

/** ARG: `NAME`, `NAME=default`, several of them. Throws Refusal. */
export function readArguments(text: string, escapeToken: string): ArgumentDeclaration[] {
  const words = quotedWords(text, escapeToken);
  if (words.length === 0) throw new Refusal('ARG requires at least one argument');
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals === 0) throw new Refusal('ARG names can not be blank');
    if (equals < 0) return { name: word, value: null };
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}
