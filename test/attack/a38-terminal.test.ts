/** A38: text of an image that a terminal obeys: C1 controls, escape sequences, bidirectional marks. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { imageWith } from '../support/image-with.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('script');

const evil = '\u009b2J\u001b]0;owned\u0007\u202egnp\u2028\u2066\u200f\u007f';
const obeyed = /[\u001b\u0007\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** What a command shows on a terminal. */
function shown(sandbox: Sandbox, args: readonly string[]): string {
  const words = sandbox.argv(args).map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const result = spawnSync('script', ['-qec', words.join(' '), '/dev/null'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
  });
  return result.stdout;
}

const named = (args: readonly string[]): string => args.join(' ').replace(/[^ -~]/g, '?');

t.test('nothing of an image drives the terminal', async (t) => {
  const sandbox = new Sandbox();
  const directory = join(sandbox.directory, 'image');
  const changes = {
    Labels: { [`l${evil}`]: evil, plain: evil },
    Env: [`E=${evil}`],
    Cmd: ['/bin/sh', '-c', `: ${evil}`],
    WorkingDir: `/w${evil}`,
    User: '0',
    Healthcheck: { Test: ['CMD', evil] },
  };
  const history = [{ created_by: evil, comment: evil, author: evil }];
  imageWith(directory, 'localhost/evil:1', changes, { author: evil, history });
  sandbox.ok('load', '-q', '-i', directory);
  sandbox.ok('create', '--name', 'c', '--network', 'none', 'localhost/evil:1');
  const commands = [
    ['inspect', 'c'],
    ['image', 'inspect', 'localhost/evil:1'],
    ['inspect', '--format', '{{.Config.Labels}} {{json .Config}} {{.Config.Cmd}}', 'c'],
    ['inspect', '--format', '{{index .Config.Labels "plain"}}', 'c'],
    ['inspect', '--format', '{{printf "%s|%q" .Config.Labels.plain .Config.WorkingDir}}', 'c'],
    ['ps', '-a'],
    ['ps', '-a', '--no-trunc', '--format', '{{.Labels}} {{.Command}}'],
    ['ps', '-a', '--format', 'json'],
    ['ps', '-a', '--format', 'table {{.Label "plain"}}\t{{.Names}}'],
    ['images', '--format', 'json'],
    ['history', '--no-trunc', 'localhost/evil:1'],
    ['history', '--format', 'json', 'localhost/evil:1'],
    ['run', '--explain', '--network', 'none', 'localhost/evil:1'],
    ['events', '--stream=false'],
    ['events', '--stream=false', '--format', 'json'],
    ['events', '--stream=false', '--format', '{{.Attributes}}'],
    ['run', '--rm', '--network', 'none', 'localhost/evil:1', evil],
    ['inspect', evil],
    ['pull', evil],
    ['generate', 'systemd', '--new', 'c'],
  ];
  for (const args of commands) {
    const text = shown(sandbox, args);
    t.notMatch(text, obeyed, named(args));
    t.match(text, /\S/, named(args));
  }
  const isJson = (words: readonly string[]): boolean =>
    words.includes('json') ||
    words.includes('--explain') ||
    words[0] === 'pull' ||
    words[1] === 'c';
  for (const args of commands.filter(isJson)) {
    const { stdout, stderr } = sandbox.run(args);
    t.notMatch(stdout + stderr, obeyed, `${named(args)}, not on a terminal`);
  }
  t.same(sandbox.close(), []);
});

t.test('what is the user’s own, and what is data', async (t) => {
  const sandbox = new Sandbox();
  sandbox.ok('create', '--name', 'c', '--label', 'l=\u001b[31m\u009b', 'hello');
  const format = '\u001b[1m{{.Config.Labels.l}}{{"\\x1b[m"}}';
  const text = shown(sandbox, ['inspect', '--format', format, 'c']);
  t.equal(text, '\u001b[1m\\e[31m\\x9b\u001b[m\r\n');
  const raw = sandbox.ok('inspect', '--format', '{{.Config.Labels.l}}', 'c');
  t.equal(raw, '\u001b[31m\u009b\n', 'not on a terminal');
  const words = ['echo', '-e', '\\x1b[1mx\\xc2\\x9bm'];
  const seen = shown(sandbox, ['run', '--rm', '--network', 'none', 'hello', ...words]);
  t.equal(seen, '\u001b[1mx\u009bm\r\n', 'what a container prints');
  t.same(sandbox.close(), []);
});
