// Flags that all commands share: where they may stand, where output goes, what the log looks like.
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
const levels = (text: string) =>
  [...text.matchAll(/^time="[^"]+" level=(\w+) msg=/gm)].map((m) => m[1]);

t.test('the log is written as programs read it', async (t) => {
  const at = (...flags: string[]) => {
    const { code, stderr } = sandbox.run([...flags, 'version']);
    t.equal(code, 0, stderr);
    return [...new Set(levels(stderr))].sort();
  };
  t.same(at('--log-level', 'trace'), ['debug', 'info', 'trace']);
  t.same(at('--log-level=DEBUG'), ['debug', 'info']);
  t.same(at('-D'), ['debug', 'info']);
  t.same(at('--log-level=info'), ['info']);
  for (const level of ['warn', 'warning', 'error', 'fatal', 'panic']) {
    t.same(at('--log-level', level), [], level);
  }
  const bad = sandbox.run(['--log-level', 'telepathic', 'version']);
  t.match(bad, {
    code: 1,
    stderr: /^Log Level "telepathic" is not supported, choose from: trace,/,
  });
  const both = sandbox.run(['--debug', '--log-level', 'panic', 'version']);
  t.match(both, { code: 1, stderr: /^Setting --log-level and --debug is not allowed/ });
});

t.test('global flags may follow the verb', async (t) => {
  const { code, stderr } = sandbox.run(['version', '--log-level', 'info']);
  t.match([code, levels(stderr)], [0, ['info']]);
  const run = ['run', '--rm', '--events-backend=none', '--network', 'none', 'hello'];
  t.equal(
    sandbox.ok(...run, 'echo', '--log-level'),
    '--log-level\n',
    "the payload's words are its own",
  );
  t.match(sandbox.run(['ps', '--out', '/x']), { code: 125, stderr: /unknown flag: --out/ });
  for (const flag of ['--hooks-dir=/x', '--url=unix:///x', '--remote', '--transient-store']) {
    const name = flag.replace(/=.*/, '');
    const refused = sandbox.run([flag, 'ps']);
    t.match(refused, { code: 125, stderr: new RegExp(`^Error: ${name} is not supported: .`) });
  }
});

t.test('standard output goes where --out says', async (t) => {
  const file = join(sandbox.directory, 'out');
  const into = (...words: string[]) => {
    t.equal(sandbox.ok('--out', file, ...words), '');
    return readFileSync(file, 'utf8');
  };
  const id = into('create', '--name', 'quiet', 'hello', 'true').trim();
  t.equal(sandbox.ok('inspect', '--format', '{{.Id}}', 'quiet').trim(), id);
  t.equal(into('run', '--rm', '--network', 'none', 'hello', 'echo', 'hi'), 'hi\n');
  t.equal(into('unshare', 'echo', 'there'), 'there\n');
  t.equal(sandbox.ok('--noout', 'rm', 'quiet'), '');
  const lost = sandbox.run(['--out', '/no/such/file', 'version']);
  t.match(lost, { code: 1, stderr: /unable to open file for standard output/ });
});

t.test('--config names the directory of the file with logins', async (t) => {
  const { code, stderr } = sandbox.run(['--config', '/no', 'login', '--get-login', 'localhost:1']);
  t.match({ code, stderr }, { code: 125, stderr: /not logged into localhost:1/ });
});

t.test('under the name podman a version and a socket that programs know', async (t) => {
  const name = join(sandbox.directory, 'podman');
  const [own = '', ...first] = productArgv();
  symlinkSync(own, name);
  const podman = (...words: string[]) => {
    const [program = '', ...rest] = asTestUser([name, ...first, ...sandbox.flags, ...words]);
    return execFileSync(program, rest, { encoding: 'utf8' });
  };
  t.match(podman('--version'), /^podman version [45]\.\d+\.\d+\n$/);
  t.match(
    podman('version', '--format', '{{.Client.Version}} {{.Client.BryoVersion}}'),
    /^5\.\S+ \d/,
  );
  const socket = podman('info', '--format', '{{.Host.RemoteSocket.Path}}').trim();
  t.match(socket, /\/podman\/podman\.sock$/);
  t.equal(podman('system', 'service', '--print-env'), `export DOCKER_HOST=unix://${socket}\n`);
  const shown = sandbox.ok('version');
  t.match(shown, /^Version: +\d+\.\d+\.\d+\n.*API Version: .*Built: +\S/s);
  t.notMatch(shown, /^Bryo/m);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
