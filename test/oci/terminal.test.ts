import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Runtime } from './bundle.ts';

const runtime = new Runtime();

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/** Runs a command on a terminal of its own, where nobody types; `to` is where its standard output goes instead. */
function onTerminal(args: readonly string[], to?: string): Promise<string> {
  const redirected = to === undefined ? '' : ` >'${to}'`;
  const command = `${quoted(runtime.argv(args))}${redirected}`;
  // The end of its input would be typed as well.
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    shown += part;
  });
  return new Promise((resolve, reject) => {
    child.on('close', (status) => {
      if (status === 0) resolve(shown);
      else reject(new Error(`${args.join(' ')}: status ${status}, ${shown}`));
    });
  });
}

const bundle = runtime.bundle('lines', (config) => {
  config.process.terminal = true;
  config.process.args = ['sh', '-c', 'test -t 1 && echo one && echo two'];
});
const file = join(runtime.sandbox.directory, 'output');

t.test('newlines of a terminal that is stayed with are made lines once', async (t) => {
  await onTerminal(['run', '--bundle', bundle, 'lines'], file);
  t.equal(readFileSync(file, 'utf8'), 'one\ntwo\n', 'as they are, where no terminal shows them');
  const shown = await onTerminal(['run', '--bundle', bundle, 'lines']);
  t.equal(shown, 'one\r\ntwo\r\n', 'the outer terminal shows lines');
});

t.test('those of exec, too', async (t) => {
  const waiting = runtime.bundle('waiting', (config) => {
    config.process.args = ['sleep', '100'];
  });
  runtime.leave('run', '--detach', '--bundle', waiting, 'waiting');
  const exec = ['exec', '--tty', 'waiting', 'sh', '-c', 'test -t 1 && echo one'];
  await onTerminal(exec, file);
  t.equal(readFileSync(file, 'utf8'), 'one\n');
  t.equal(await onTerminal(exec), 'one\r\n');
  runtime.ok('delete', '--force', 'waiting');
});

t.test('nothing is left behind', async (t) => {
  t.same(runtime.sandbox.close(), []);
});
