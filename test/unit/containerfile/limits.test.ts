/** Files that are large, or made to be hard to read. */
import t from 'tap';
import { readContainerfile, readTriggers } from '../../../src/containerfile/containerfile.ts';
import { expandWord } from '../../../src/containerfile/expansion.ts';
import { openScope, planBuild, withTriggers } from '../../../src/containerfile/graph.ts';
import { ignoreRules } from '../../../src/containerfile/ignore.ts';

function plan(text: string) {
  return planBuild([readContainerfile(text, 'Containerfile')], {
    given: {},
    platform: 'linux/amd64',
    buildPlatform: 'linux/amd64',
    target: null,
    contexts: [],
    from: null,
  });
}

const million = 1_000_000;

t.test('lines of a million characters', async (t) => {
  for (const one of ['x', ' ', '\t', '\\', '"', "'", '$', '#', '\r', '<', '{', '-', '=', ',']) {
    const text = `FROM scratch\nRUN a${one.repeat(million)}b\nENV A=1\n`;
    const { instructions } = readContainerfile(text, 'Containerfile');
    t.equal(instructions.at(-1)?.kind, 'env', JSON.stringify(one));
  }
  const label = plan(`FROM scratch\nLABEL a=${'x'.repeat(million)}\n`);
  const [stage] = label.stages;
  const [instruction] = stage?.instructions ?? [];
  if (stage === undefined || instruction === undefined) throw new Error('there is a stage');
  const expanded = openScope(label, stage, []).expand(instruction);
  t.match(expanded, { pairs: [{ key: 'a', value: /^x{1000}/ }] });
});

t.test('ten, a thousand and fifty thousand instructions and stages', async (t) => {
  for (const count of [10, 1000, 50_000]) {
    const lines = Array.from({ length: count }, (_, at) => `ENV A${at}=$A${at - 1}x`);
    const { stages } = plan(`FROM scratch\n${lines.join('\n')}\n`);
    t.equal(stages[0]?.instructions.length, count);
  }
  for (const count of [10, 1000, 5000]) {
    const stages = Array.from(
      { length: count },
      (_, at) => `FROM ${at === 0 ? 'scratch' : `s${at - 1}`} AS s${at}`,
    );
    t.equal(plan(stages.join('\n')).needed.length, count);
  }
});

t.test('a file that is no text, or too much of it', async (t) => {
  const bad = { code: 'bad-containerfile' };
  t.throws(() => readContainerfile('\u007fELF\u0002\u0000', 'x'), bad);
  t.throws(() => readContainerfile('FROM a\n'.repeat(3 * million), 'x'), bad);
  t.throws(() => readContainerfile('\ufffd\ufffd\u0001\n', 'x'), {
    message: /unknown instruction/,
  });
});

t.test('substitutions that nest or multiply', async (t) => {
  const choices = { escapeToken: '\\' };
  const none = () => undefined;
  const nested = (depth: number) => `${'$'}{a:-`.repeat(depth) + '}'.repeat(depth);
  t.equal(expandWord(nested(40), none, choices), '');
  t.throws(() => expandWord(nested(1000), none, choices), /nested too deeply/);
  const value = () => 'a'.repeat(20_000);
  t.equal(expandWord(`${'$'}{x##${'*a'.repeat(20)}b}`, value, choices).length, 20_000);
  t.equal(expandWord(`${'$'}{x%%${'*'.repeat(5000)}}`, value, choices), '');
  t.throws(() => expandWord(`${'$'}{x#${'?a'.repeat(million)}}`, value, choices), /too long/);
});

t.test('replacing in values of a million characters', async (t) => {
  const choices = { escapeToken: '\\' };
  const replaced = (words: string, value: string) =>
    expandWord(`${'$'}{x${words}}`, () => value, choices);
  const long = 'a'.repeat(million);
  t.equal(replaced('//*b/c', long), long, 'what fits nowhere is looked for once');
  t.equal(replaced('//a/', long), '');
  t.equal(replaced('/a*/b', long), 'b');
  t.equal(replaced('//?a/b', long).length, million / 2);
  t.equal(replaced('//a*?b/c', `${long}b`), 'c');
  t.equal(replaced('##*a', long), '');
  t.equal(replaced('%b*', long), long);
  t.equal(replaced('//o?/0', 'foo boo o'), 'f0 b0 o');
  t.equal(replaced('/b*c/-', 'abxcxc!'), 'a-!');
});

t.test('rules for many files', async (t) => {
  for (const count of [10, 1000, 50_000]) {
    const lines = Array.from({ length: count }, (_, at) => `d/${at}`);
    const rules = ignoreRules([...lines, '!d/7/kept', '*.log']);
    t.ok(rules.ignores(`d/${count - 1}/a/b`));
    t.notOk(rules.ignores('d/7/kept/x'));
    t.equal(rules.hidden.length, count - 1, 'nobody need look where nothing comes back');
    const files = Array.from({ length: count }, (_, at) => `d/${at}/e/f`);
    t.equal(files.filter((file) => rules.ignores(file)).length, count);
    t.notOk(files.some((file) => rules.ignores(`x${file}`)));
  }
});

t.test('triggers of a base image come first, and may need other stages', async (t) => {
  const graph = plan('FROM alpine AS a\nFROM alpine\nRUN last\n');
  const changed = withTriggers(graph, 1, ['COPY --from=a /x /y', 'RUN <<EOF\none\nEOF'], 'base');
  t.same(graph.needed, [1]);
  t.same(changed.needed, [0, 1]);
  t.match(
    changed.stages[1]?.instructions.map(({ kind, place: { file } }) => `${kind} ${file}`),
    ['copy ONBUILD 1 of base', 'run ONBUILD 2 of base', 'run Containerfile'],
  );
  for (const trigger of ['FROM x', 'ONBUILD RUN x', 'MAINTAINER x', 'NONSENSE x', '']) {
    t.throws(() => readTriggers([trigger], 'base'), { code: 'bad-containerfile' }, trigger);
  }
});

t.test('what RUN gets beside the environment', async (t) => {
  const graph = planBuild(
    [readContainerfile('FROM scratch\nARG A=1\nARG B\nARG C\nENV A=2\nARG http_proxy\n', 'x')],
    {
      given: { C: '3', http_proxy: 'p', HTTPS_PROXY: 'q', OTHER: '4' },
      platform: 'linux/amd64',
      buildPlatform: 'linux/amd64',
      target: null,
      contexts: [],
      from: null,
    },
  );
  const [stage] = graph.stages;
  if (stage === undefined) throw new Error('there is a stage');
  const scope = openScope(graph, stage, ['B=of-the-base-image']);
  for (const instruction of stage.instructions) scope.expand(instruction);
  t.same(scope.runArguments(), [
    { name: 'C', value: '3' },
    { name: 'http_proxy', value: 'p' },
  ]);
  t.same(scope.proxies(), [{ name: 'HTTPS_PROXY', value: 'q' }]);
});
