import t from 'tap';
import { linesOf, native, placeOf, typescript } from './sources.ts';

/** Words that stand for something which nobody has named yet where a comment begins. */
const pronouns = [
  ...['It', 'Its', 'They', 'Their', 'Them', 'These', 'Those', 'That', 'The same'],
  ...['Who', 'Whom', 'Whose', 'Whoever', 'Somebody', 'Something', 'Nobody', 'Everything', 'Others'],
  ...['What', 'Such', 'Both', 'None', 'Here', 'There', 'One (?:that|of|who|which|instead)'],
];
const opening = new RegExp(`^(?:${pronouns.join('|')})\\b`);

/** The first line of each comment, with its number. */
function openings(lines: readonly string[]): [number, string][] {
  return lines.flatMap((line, index): [number, string][] => {
    const [, inline] = /^\s*\/\*\* (.*)$/.exec(line) ?? [];
    if (inline !== undefined) return [[index + 1, inline]];
    if (/^\s*\/\*\*$/.test(line)) {
      return [[index + 2, (lines[index + 1] ?? '').replace(/^\s*\* /, '')]];
    }
    const [, text] = /^\s*\/\/ (.*)$/.exec(line) ?? [];
    const isFirst = !/^\s*\/\//.test(lines[index - 1] ?? '');
    return text === undefined || !isFirst ? [] : [[index + 1, text]];
  });
}

t.test('comments name what they are about', async (t) => {
  const wrong = [...typescript, ...native].flatMap((file) =>
    openings(linesOf(file))
      .filter(([, text]) => opening.test(text))
      .map(([line, text]) => `${placeOf(file)}:${line}: ${text}`),
  );
  t.same(wrong, []);
});

t.test('openings are found', async (t) => {
  const text =
    '/** It. */\n/**\n * Those.\n * It.\n */\n  // One of them\n  // It.\nconst a = 1; // It.';
  const found = openings(text.split('\n'));
  t.same(found, [
    [1, 'It. */'],
    [3, 'Those.'],
    [6, 'One of them'],
  ]);
  t.ok(found.every(([, words]) => opening.test(words)));
  t.notOk(opening.test('One port'));
});
