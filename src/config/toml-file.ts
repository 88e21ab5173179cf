import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import type { ErrorCode } from '../base/error-codes.ts';
import { BryoError, errnoCode } from '../base/errors.ts';

export type TomlTable = Record<string, unknown>;

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reasonOf(cause: unknown): string {
  if (cause instanceof TomlError) {
    const [first = ''] = cause.message.split('\n');
    return `line ${cause.line}: ${first.replace(/^Invalid TOML document: /, '')}`;
  }
  return errnoCode(cause) ?? String(cause);
}

const isComment = /^[ \t]*(?:#|\r?$)/;

/**
 * Tables of a text. Shipped files are comments for the most part, which the parser takes its time for: it gets them
 * only to say at which line it fails. Throws TomlError.
 */
function parseTables(text: string): TomlTable {
  if (/'''|"""/.test(text)) return parse(text);
  try {
    const lines = text.split('\n').filter((line) => !isComment.test(line));
    return parse(lines.join('\n'));
  } catch {
    return parse(text);
  }
}

/**
 * The tables of a file; null when there is no such file. Throws BryoError with this code, in one line
 * that names file and line.
 */
export function readTomlFile(path: string, code: ErrorCode, exitCode?: number): TomlTable | null {
  try {
    return parseTables(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (errnoCode(cause) === 'ENOENT') return null;
    const options = exitCode === undefined ? { cause } : { cause, exitCode };
    throw new BryoError(code, `${path}: ${reasonOf(cause)}`, options);
  }
}

/** The line of a file that says what a key is, for messages; null: it cannot be told. */
export function lineOf(path: string, key: string): number | null {
  const lines = readFileSync(path, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.replace(/["'\s]/g, '').startsWith(`${key}=`));
  return at < 0 ? null : at + 1;
}
