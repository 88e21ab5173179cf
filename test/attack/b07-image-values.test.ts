/** B7: an image's configuration with values that are of no use: each is one line, or harmless. */
import { join } from 'node:path';
import t from 'tap';
import type { EngineEvent } from '../../src/event/event.ts';
import { Sandbox } from '../support/bryo.ts';
import { imageWith } from '../support/image-with.ts';

const huge = 'x'.repeat(200_000);
const odd: readonly unknown[] = [
  -1.5,
  1e308,
  'with\nnewline',
  'with\0nul',
  '\u009b2J\u202e../..',
  huge,
  [1, null, {}],
  [''],
  { 'a\nb': { c: 1 }, __proto__: null, constructor: 'x' },
];
const settings = [
  'User',
  'Env',
  'Cmd',
  'Entrypoint',
  'WorkingDir',
  'Labels',
  'ExposedPorts',
  'Volumes',
  'StopSignal',
  'Shell',
  'Healthcheck',
  'OnBuild',
];
const around = ['created', 'architecture', 'os', 'variant', 'author', 'history', 'config'];
const numbers = [-1, 0.5, 1, 1e3, 1_500_001, 1e19, 1e308, '5', null];

const crash = /TypeError|RangeError|SyntaxError|undefined|\n\s+at /;

/** What is wrong with how the commands that people use take an image. */
function problemsOf(sandbox: Sandbox, changes: object, document: object): string[] {
  const directory = sandbox.makeDirectory(`image-${Math.random()}`);
  const name = 'localhost/odd:1';
  imageWith(join(directory, 'layout'), name, { ...changes }, { ...document });
  const problems: string[] = [];
  const commands = [
    ['load', '-q', '-i', join(directory, 'layout')],
    ['images'],
    ['image', 'inspect', name],
    ['create', '--name', 'c', name],
    ['inspect', 'c'],
    ['run', '--rm', '--network', 'none', name, 'true'],
    ['rm', '-f', '-v', '--ignore', 'c'],
  ];
  for (const args of commands) {
    const { code, stderr } = sandbox.run(args);
    const lines = stderr.split('\n').filter(Boolean);
    const said =
      code === 0
        ? lines.every((line) => /^time=\S+ level=warning /.test(line))
        : lines.length === 1;
    if (!said || crash.test(stderr) || code < 0 || code > 127) {
      problems.push(`${args[0]}: status ${code}: ${stderr.slice(0, 300)}`);
    }
    if (args[0] === 'load' && code !== 0) break;
  }
  return problems.map(
    (line) => `${JSON.stringify({ ...changes, ...document }).slice(0, 80)} ${line}`,
  );
}

t.test('values of every kind in every place', async (t) => {
  const sandbox = new Sandbox();
  const problems: string[] = [];
  for (const value of odd) {
    for (const name of settings) problems.push(...problemsOf(sandbox, { [name]: value }, {}));
    for (const name of around) problems.push(...problemsOf(sandbox, {}, { [name]: value }));
  }
  t.same(problems, []);
  t.same(sandbox.close(), []);
});

t.test('a check whose numbers are none', async (t) => {
  const sandbox = new Sandbox();
  const problems: string[] = [];
  const names = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'];
  for (const value of numbers) {
    const values = Object.fromEntries(names.map((name) => [name, value]));
    const Healthcheck = { Test: ['CMD', 'true'], ...values };
    problems.push(...problemsOf(sandbox, { Healthcheck }, {}));
  }
  t.same(problems, []);
  const directory = join(sandbox.directory, 'eager');
  const Healthcheck = { Test: ['CMD', 'true'], Interval: 1, StartInterval: 1, Timeout: 1 };
  imageWith(directory, 'localhost/eager:1', { Healthcheck });
  sandbox.ok('load', '-q', '-i', directory);
  sandbox.ok('create', '--name', 'e', 'localhost/eager:1');
  const check = sandbox.ok('inspect', '--format', '{{json .Config.Healthcheck}}', 'e');
  t.match(JSON.parse(check), { Interval: 1e9, StartInterval: 1e9, Timeout: 1e9 });
  t.same(sandbox.close(), []);
});

t.test('labels do not push events out', async (t) => {
  const sandbox = new Sandbox();
  const directory = join(sandbox.directory, 'labelled');
  const Labels = { first: '1', much: 'x'.repeat(1_500_000), more: 'y'.repeat(9000), last: '2' };
  imageWith(directory, 'localhost/labelled:1', { Labels });
  sandbox.ok('load', '-q', '-i', directory);
  sandbox.ok('create', '--name', 'before', 'hello');
  for (let index = 0; index < 5; index += 1) {
    sandbox.ok('run', '--rm', '--network', 'none', 'localhost/labelled:1', 'true');
  }
  const events = sandbox
    .ok('events', '--stream=false', '--format', 'json')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EngineEvent);
  t.match(
    events.find(({ Name, Status }) => Name === 'before' && Status === 'create'),
    { Type: 'container' },
  );
  const died = events.filter(({ Status }) => Status === 'died');
  t.equal(died.length, 5);
  for (const { Attributes } of died) {
    t.match(Attributes, { first: '1', last: '2', 'bryo.omitted': '2 labels, 1509008 bytes' });
    t.notOk(Attributes?.['much']);
  }
  t.same(sandbox.close(), []);
});
