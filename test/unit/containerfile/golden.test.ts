/**
 * Each case of language.golden is a Containerfile with what bryo makes of it: the graph, or the error. `--write`
 * writes the results again after a change that is meant.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BryoError } from '../../../src/base/errors.ts';
import { checkBuild } from '../../../src/containerfile/check/check.ts';
import { readContainerfile } from '../../../src/containerfile/containerfile.ts';
import { explainGraph } from '../../../src/containerfile/explain.ts';
import { planBuild } from '../../../src/containerfile/graph.ts';
import { projectDir } from '../../support/product.ts';

interface Case {
  /** `name`, then words such as `target=build`, `arg:A=1`, `context=src`. */
  head: string;
  text: string;
  result: string;
}

const golden = join(projectDir, 'test/unit/containerfile/language.golden');
const mark = '=== ';
const middle = '\n--- gives\n';

function readCases(): Case[] {
  const parts = `\n${readFileSync(golden, 'utf8')}`.split(`\n${mark}`).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    const [text = '', result = ''] = part.slice(end).split(middle);
    return { head: part.slice(0, end), text: text.slice(1), result: `${result.trimEnd()}\n` };
  });
}

/** Characters that would not survive an editor are written as escapes. */
function withEscapes(text: string): string {
  return text
    .replaceAll('<CR>', '\r')
    .replaceAll('<BOM>', '\ufeff')
    .replaceAll('<NUL>', '\0')
    .replaceAll('<TAB>', '\t')
    .replaceAll('<SPACE>', ' ');
}

function resultOf({ head, text }: Case): string {
  const words = head.split(' ').slice(1);
  const value = (key: string) =>
    words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const given = words.flatMap((word) => {
    const [, name = '', argument = ''] = /^arg:(\w+)=(.*)$/.exec(word) ?? [];
    return name === '' ? [] : [[name, argument] as const];
  });
  try {
    const file = readContainerfile(withEscapes(text), 'Containerfile');
    const graph = planBuild([file], {
      given: Object.fromEntries(given),
      platform: value('platform') ?? 'linux/amd64',
      buildPlatform: 'linux/amd64',
      target: value('target') ?? null,
      contexts: value('context')?.split(',') ?? [],
      from: value('from') ?? null,
    });
    if (!words.includes('check')) return explainGraph(graph);
    const ignore = value('ignore')?.split(',') ?? [];
    const { findings, error } = checkBuild([file], graph, ignore);
    const lines = findings.map(({ rule, line, message }) => `${line} ${rule}: ${message}\n`);
    return `${lines.join('')}${error ? 'error\n' : ''}` || 'nothing\n';
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return `! ${error.code}: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}\n`;
  }
}

if (process.argv.includes('--write')) {
  const texts = readCases().map(
    (one) => `${mark}${one.head}\n${one.text}${middle}${resultOf(one)}`,
  );
  writeFileSync(golden, texts.join('\n'));
}

for (const one of readCases()) {
  t.test(one.head, async (t) => {
    t.equal(resultOf(one), one.result);
  });
}
