import { BryoError } from '../../base/errors.ts';
import { jsonText, printableLines } from '../../base/text.ts';
import { evaluateTemplate } from '../../template/evaluate.ts';
import { parseTemplate } from '../../template/parser.ts';
import { TemplateError, type TemplateNode } from '../../template/syntax.ts';
import type { Dialect } from '../dialect.ts';
import { stdout } from '../output.ts';
import { isJsonFormat } from './json-format.ts';
import { alignColumns } from './table.ts';

/** A shell hands `\t` and `\n` on as they are written. */
function shellText(format: string): string {
  return format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
}

/**
 * A template with the line break at its end. podman adds none to one that ends with a line break, and
 * takes a template with a quoted "\n" as it is.
 */
function templateText(format: string, dialect: Dialect): string {
  if (dialect === 'podman' && /\\n"\s*\}\}/.test(format)) return format;
  const text = shellText(format);
  return dialect === 'podman' && text.endsWith('\n') ? text : `${text}\n`;
}

/** In the text of a table a space separates columns, too. */
function tableText(format: string): string {
  return shellText(format)
    .split(/(\{\{.*?\}\})/s)
    .map((part) => (part.startsWith('{{') ? part : part.replaceAll(' ', '\t')))
    .join('');
}

/** ESC, or how it is spelled in a template's literal. */
const escapeSequence = /\u001b|\\(x1b|033|u001b)/i;

function guarded<T>(format: string, action: () => T): T {
  if (escapeSequence.test(format)) stdout.keepEscapes();
  try {
    return action();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new BryoError('bad-template', `--format ${JSON.stringify(format)}: ${error.message}`);
  }
}

/** The template's own words may have escape sequences, what is filled in may not. */
function fill(nodes: readonly TemplateNode[], data: unknown): string {
  return evaluateTemplate(nodes, data, stdout.isTerminal ? printableLines : undefined);
}

/** Column titles of a `table` template: the names of the fields it prints. */
function titles(nodes: readonly TemplateNode[], known: Readonly<Record<string, string>>): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      if (node.kind !== 'output') return '';
      for (const command of node.pipeline.commands) {
        for (const operand of command) {
          if (operand.kind !== 'field' || operand.path.length === 0) continue;
          const name = operand.path.at(-1) ?? '';
          return known[name] ?? name.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
        }
      }
      return '';
    })
    .join('');
}

/** The program whose output this is, and the titles of a table where they are not the fields' names. */
export interface RowsStyle {
  dialect: Dialect;
  headings?: Readonly<Record<string, string>>;
  /** False: no line of titles. */
  heading?: boolean;
}

/**
 * The output of `--format` for a list: `json`, a Go template per row, or `table TEMPLATE` with
 * aligned columns. Throws BryoError `bad-template`.
 */
export function formatRows(
  format: string,
  rows: readonly Record<string, unknown>[],
  { dialect, headings = {}, heading = true }: RowsStyle,
): string {
  if (isJsonFormat(format) && dialect === 'docker') {
    return rows.map((row) => `${jsonText(row)}\n`).join('');
  }
  if (isJsonFormat(format)) return `${jsonText(rows, 4)}\n`;
  const [, table, rest = ''] = /^(table)\s+(.*)$/s.exec(format) ?? [];
  const text = table === undefined ? templateText(format, dialect) : tableText(rest);
  return guarded(format, () => {
    const nodes = parseTemplate(text);
    // A template that goes over the list itself gets all of it.
    if (nodes[0]?.kind === 'range' && /^\{\{-?\s*range\s+\.\s*-?\}\}/.test(text)) {
      return fill(nodes, rows);
    }
    const lines = rows.map((row) => fill(nodes, row));
    if (table === undefined) return lines.join('');
    const all = heading ? [titles(nodes, headings), ...lines] : lines;
    return alignColumns(
      all.map((line) => line.split('\t')),
      dialect,
    );
  });
}

/** The output of `--format` for one thing; JSON of docker's is one line. */
export function formatOne(format: string, value: unknown, dialect: Dialect): string {
  if (format.trim() === 'json') return `${jsonText(value, dialect === 'docker' ? 0 : 4)}\n`;
  return guarded(format, () => fill(parseTemplate(templateText(format, dialect)), value));
}
