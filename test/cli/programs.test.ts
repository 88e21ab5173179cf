// What programs ask that drive podman or docker, before or beside their work.
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { tellSystemLog } from '../../src/cli/system-log.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { FakeJournal } from '../support/fake-journal.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();

t.test('there are no virtual machines and no other services', async (t) => {
  const heads = {
    'machine list':
      'NAME        VM TYPE     CREATED     LAST UP     CPUS        MEMORY      DISK SIZE\n',
    'system connection list': 'Name        URI         Identity    Default     ReadWrite\n',
    'context ls': 'Name        URI         Identity    Default     ReadWrite\n',
  };
  for (const [verb, head] of Object.entries(heads)) {
    const words = verb.split(' ');
    t.equal(sandbox.ok(...words), head);
    t.equal(sandbox.ok(...words, '--noheading'), '');
    t.equal(sandbox.ok(...words, '--format', 'json'), '[]\n');
    t.equal(sandbox.ok(...words, '--format', '{{.Name}}'), '');
    t.equal(sandbox.ok(...words, '-q'), '');
  }
  t.match(sandbox.run(['machine', 'init']), { code: 125, stderr: /this machine itself/ });
  const add = sandbox.run(['system', 'connection', 'add', 'a', 'ssh://b']);
  t.match(add, { code: 125, stderr: /connection add is not supported/ });
});

t.test('without networks of the user there is the default one', async (t) => {
  t.equal(
    sandbox.ok('network', 'ls', '--noheading', '--format', '{{.Name}} {{.Driver}}'),
    'podman bridge\n',
  );
  const labelled = ['--noheading', '--filter', 'label=a=b', '--format', '{{.Name}}'];
  t.equal(sandbox.ok('network', 'ls', ...labelled), '');
  t.equal(sandbox.run(['network', 'exists', 'x']).code, 1);
  t.equal(sandbox.ok('network', 'prune', '-f'), '');
});

t.test('figures of a container that does not run', async (t) => {
  sandbox.ok('create', '--name', 'still', 'hello', 'true');
  const row = '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}';
  const shown = sandbox.ok('stats', '--no-stream', '--format', row, 'still');
  t.equal(shown, 'still 0.00% 0B / 0B 0\n');
  sandbox.ok('rm', 'still');
});

t.test('the system log hears of messages, too', async (t) => {
  const journal = new FakeJournal();
  await journal.ready();
  const socket = journal.socket;
  tellSystemLog('bryo', 'warn', 'something\nelse', socket);
  await eventually('it has come', () => journal.text().includes('else'));
  t.match(journal.text(), /<12>bryo\[\d+\]: something\nelse$/);
  journal.close();
  t.throws(() => tellSystemLog('bryo', 'warn', 'nobody hears', `${socket}-gone`), {
    message: `no system log listens at ${socket}-gone (--syslog)`,
  });
  sandbox.ok('--syslog', 'ps');
});

t.test('there is nothing to migrate, and no cache of builds', async (t) => {
  for (const verb of ['system migrate', 'system renumber', 'builder prune -f', 'buildx prune -f']) {
    t.equal(sandbox.ok(...verb.split(' ')), '');
  }
  t.match(sandbox.ok('buildx', 'version'), /^bryo \d/);
});

t.test("podman's prune of builds removes images, docker's only a cache", async (t) => {
  const [program = '', ...first] = productArgv();
  const shim = join(sandbox.makeDirectory('bin'), 'docker');
  symlinkSync(program, shim);
  const docker = (...args: string[]): string => {
    const [command = '', ...rest] = asTestUser([shim, ...first, ...sandbox.flags, ...args]);
    return spawnSync(command, rest, { encoding: 'utf8', cwd: '/' }).stdout;
  };
  const id = sandbox.ok('create', 'hello', 'true').trim();
  const image = sandbox.ok('commit', '-q', id).trim();
  t.equal(docker('builder', 'prune', '-f'), 'Total:\t0B\n');
  sandbox.ok('image', 'exists', image);
  t.equal(sandbox.ok('builder', 'prune', '-f'), `${image}\n`);
  t.match(docker('context', 'ls'), /^NAME +DESCRIPTION +DOCKER ENDPOINT +ERROR\ndefault \* +\S/);
  t.equal(docker('context', 'ls', '-q'), 'default\n');
  sandbox.ok('rm', id);
});

t.test('flags by their former names', async (t) => {
  const health = ['--healthcheck-command', 'true', '--healthcheck-interval', '9s'];
  sandbox.ok('create', '--name', 'old', '--override-os', 'linux', ...health, 'hello', 'true');
  t.equal(sandbox.ok('inspect', '-f', '{{.Config.Healthcheck.Interval}}', 'old'), '9s\n');
  t.match(sandbox.ok('ps', '-a', '--notruncate', '--storage'), /^[0-9a-f]{64} /m);
  t.match(sandbox.run(['logs', '--storage', 'old']), { code: 125, stderr: /unknown flag/ });
  sandbox.ok('rm', 'old');
});

t.test('labels of SELinux where there is none', async (t) => {
  const run = ['run', '--rm', '--network', 'none'];
  const labels = ['type:spc_t', 'level:s0:c1', 'nested'].map(
    (label) => `--security-opt=label=${label}`,
  );
  sandbox.ok(...run, ...labels, 'hello', 'true');
  const wrong = sandbox.run([...run, '--security-opt', 'label=what', 'hello', 'true']);
  t.match(wrong, { code: 125, stderr: /"label=what": disable, nested, and user/ });
});

t.test('a pod that shares nothing, said twice', async (t) => {
  sandbox.ok('pod', 'create', '--infra=false', '--share=', 'plain');
  sandbox.ok('pod', 'rm', 'plain');
  const wrong = sandbox.run(['pod', 'create', '--infra=false', '--share=ipc', 'plain']);
  t.match(wrong, { code: 125, stderr: /--share cannot be used with --infra=false/ });
});

t.test("the host's IPC, whether or not the machine shows message queues", async (t) => {
  const shown = sandbox.ok(
    'run',
    '--rm',
    '--network',
    'none',
    '--ipc',
    'host',
    'hello',
    'ls',
    '/dev',
  );
  t.match(shown, /^shm$/m);
});
