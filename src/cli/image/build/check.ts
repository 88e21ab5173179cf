import { printable } from '../../../base/text.ts';
import { checkBuild, findingsError } from '../../../containerfile/check/check.ts';
import { type Finding, rulePage } from '../../../containerfile/check/rules.ts';
import type { CliContext } from '../../context.ts';
import type { PreparedBuild } from './prepare.ts';

/** Lines that are shown around those that are meant. */
const around = 2;

function excerpt({ line, endLine }: Finding, lines: readonly string[]): string {
  const from = Math.max(line - around, 1);
  const to = Math.min(endLine + around, lines.length);
  const width = Math.max(String(to).length, 3);
  const shown = [];
  for (let at = from; at <= to; at += 1) {
    const mark = at >= line && at <= endLine ? '>>>' : '   ';
    const text = printable((lines[at - 1] ?? '').replace(/\r$/, '')).slice(0, 200);
    shown.push(`${String(at).padStart(width)} | ${mark} ${text}`.trimEnd());
  }
  const ruler = '--------------------';
  return [ruler, ...shown, ruler].join('\n');
}

function findingText(finding: Finding, texts: ReadonlyMap<string, string>): string {
  const lines = (texts.get(finding.file) ?? '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return [
    `WARNING: ${finding.rule} - ${rulePage(finding.rule)}`,
    printable(finding.message),
    '',
    `${printable(finding.file)}:${finding.line}`,
    excerpt(finding, lines),
    '',
    '',
  ].join('\n');
}

function check({ files, graphs, request }: PreparedBuild) {
  const [graph] = graphs;
  if (graph === undefined) return { findings: [], error: false };
  return checkBuild(files, graph, request.source.ignore);
}

/** Prints what the checks find, as docker does; the status is 1 when the file wants findings to be errors. */
export function printFindings({ stdout }: CliContext, prepared: PreparedBuild): number {
  const { findings, error } = check(prepared);
  if (findings.length === 0) {
    stdout.write('Check complete, no warnings found.\n');
    return 0;
  }
  const count = findings.length === 1 ? '1 warning has' : `${findings.length} warnings have`;
  const texts = findings.map((finding) => findingText(finding, prepared.texts));
  stdout.write(`Check complete, ${count} been found!\n\n${texts.join('')}`.replace(/\n+$/, '\n'));
  return error ? 1 : 0;
}

/** Refuses to build what a file wants refused. Throws BryoError `bad-containerfile`. */
export function refuseFindings(prepared: PreparedBuild): void {
  if (!prepared.files.some(({ directives }) => directives.check?.includes('error') === true))
    return;
  const result = check(prepared);
  if (result.error && result.findings.length > 0) throw findingsError(result);
}
