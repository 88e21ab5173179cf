import t from 'tap';
import { normalisedOptions, splitArgv } from '../../../src/cli/argv.ts';
import type { OptionSpec } from '../../../src/cli/command.ts';
import { parseArguments } from '../../../src/cli/parse.ts';

const options: OptionSpec[] = [
  { name: 'interactive', short: 'i', help: '' },
  { name: 'tty', short: 't', help: '' },
  { name: 'rm', help: '' },
  { name: 'env', short: 'e', value: 'X', repeat: true, help: '' },
  { name: 'network', aliases: ['net'], value: 'MODE', help: '' },
];

function split(words: string[], passthrough = true) {
  const { options: given, positionals } = splitArgv(words, {
    options,
    command: 'bryo run',
    passthrough,
  });
  return [given.map(({ option, value }) => `${option.name}=${value}`), positionals];
}

t.test('spellings of one thing', async (t) => {
  t.same(split(['-it', 'img']), [['interactive=true', 'tty=true'], ['img']]);
  t.same(split(['-ite', 'A=1', 'img']), [['interactive=true', 'tty=true', 'env=A=1'], ['img']]);
  t.same(split(['-eA=1', '-e=B=2', '--env', 'C', '--env=D=']), [
    ['env=A=1', 'env=B=2', 'env=C', 'env=D='],
    [],
  ]);
  t.same(split(['--rm=false', '--rm=T', '-i=0']), [
    ['rm=false', 'rm=true', 'interactive=false'],
    [],
  ]);
  t.same(split(['--net', 'none']), [['network=none'], []]);
});

t.test('where options end', async (t) => {
  t.same(split(['--rm', 'img', '--rm', '-x']), [['rm=true'], ['img', '--rm', '-x']]);
  t.same(split(['a', '--rm', '--', '-x'], false), [['rm=true'], ['a', '-x']]);
  t.same(split(['-', '--rm'], false), [['rm=true'], ['-']]);
  t.same(split(['--env', '--rm', 'img']), [['env=--rm'], ['img']], 'a value may look like a flag');
});

t.test('errors name the flag', async (t) => {
  t.throws(() => split(['--nope']), { code: 'usage', message: 'unknown flag: --nope' });
  t.throws(() => split(['-iz']), { message: 'unknown shorthand flag: "z" in -iz' });
  t.throws(() => split(['--env']), { message: 'flag needs an argument: --env' });
  t.throws(() => split(['--rm=maybe']), { message: /true or false/ });
});

t.test('switches whose names begin with no-', async (t) => {
  const spec = {
    name: 'x',
    options: [
      { name: 'no-trunc', on: true, help: '' },
      { name: 'no-hosts', help: '' },
    ],
    arguments: { min: 0, max: 0, kind: 'none' as const },
  };
  const read = (...words: string[]) => {
    const { flag, given } = parseArguments(spec, words, 'bryo');
    return [flag('no-trunc'), given('no-trunc'), flag('no-hosts')];
  };
  t.same(read(), [true, false, false]);
  t.same(read('--no-trunc=false', '--no-hosts'), [false, true, true]);
  t.same(read('--no-trunc', '--no-hosts=false'), [true, true, false]);
  t.same(read('--no-hosts', '--no-hosts=false'), [true, false, false]);
});

t.test('the normal form', async (t) => {
  const words = splitArgv(['-i', '--rm=false', '-e', '-x', 'img', '-y'], {
    options,
    command: '',
    passthrough: true,
  });
  t.same(normalisedOptions(words.options), ['--interactive', '--no-rm', '--env=-x']);
});
