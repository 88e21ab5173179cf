import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Sandbox } from '../support/bryo.ts';

/** As long as a file's name may be, which is as long as podman's volumes may be called. */
const longest = 255;
const nameOf = (letter: string, length = longest): string => letter.repeat(length);
const sandbox = new Sandbox();

/** One line, and podman's exit status. */
function refused(t: Test, ...args: string[]): void {
  const { code, stdout, stderr } = sandbox.run(args);
  t.match({ code, stdout }, { code: 125, stdout: '' }, args.slice(0, 2).join(' '));
  t.match(stderr, /^[^\n]*(?:invalid|name)[^\n]*\n(?:[^\n]+\n)?$/);
}

t.test('a container may be called by 255 letters', async (t) => {
  const [name, other] = [nameOf('a'), nameOf('b')];
  const run = ['run', '-d', '--name', name, '--health-cmd', 'true', 'hello', 'sleep', '1000'];
  const id = sandbox.ok(...run).trim();
  t.equal(sandbox.ok('exec', name, 'hostname'), `${id.slice(0, 12)}\n`);
  t.equal(sandbox.ok('exec', name, 'cat', '/etc/hosts').split(name).length, 2);
  t.equal(sandbox.ok('healthcheck', 'run', name), '');
  t.match(sandbox.ok('ps', '--no-trunc', '--format', '{{.Names}}'), name);
  t.equal(sandbox.ok('logs', name), '');
  t.equal(sandbox.ok('rename', name, other), '');
  sandbox.ok('generate', 'systemd', '--name', other);
  t.equal(sandbox.ok('stop', '-t', '0', other), `${other}\n`);
  sandbox.ok('start', other);
  sandbox.ok('restart', '-t', '0', other);
  t.equal(sandbox.ok('rm', '-f', '-t', '0', other), `${other}\n`);
  sandbox.ok('run', '--rm', '--network', 'none', '--name', name, 'hello', 'true');
});

t.test('a pod by as many, and its host name is what fits', async (t) => {
  const name = nameOf('p');
  sandbox.ok('pod', 'create', '--name', name);
  const member = ['run', '--rm', '--pod', name, '--name', nameOf('m'), 'hello'];
  t.equal(
    sandbox.ok(...member, 'cat', '/proc/sys/kernel/hostname', '/etc/hostname'),
    `${nameOf('p', 64)}\n`.repeat(2),
  );
  sandbox.ok('pod', 'restart', name);
  t.equal(sandbox.ok('pod', 'rm', '-f', name).length, 65);
});

t.test('volumes and secrets', async (t) => {
  const [volume, secret] = [nameOf('v'), nameOf('s', 253)];
  t.equal(sandbox.ok('volume', 'create', volume), `${volume}\n`);
  const mount = ['run', '--rm', '--network', 'none', '-v'];
  sandbox.ok(...mount, `${volume}:/v`, 'hello', 'touch', '/v/kept');
  sandbox.ok(...mount, `${nameOf('w')}:/v`, 'hello', 'true');
  const archive = join(sandbox.makeDirectory('archives'), 'v.tar');
  sandbox.ok('volume', 'export', '-o', archive, volume);
  sandbox.ok('volume', 'import', nameOf('w'), archive);
  t.equal(sandbox.ok('volume', 'rm', volume, nameOf('w')), `${volume}\n${nameOf('w')}\n`);
  t.equal(sandbox.run(['secret', 'create', secret, '-'], { input: 'x' }).code, 0);
  const given = ['run', '--rm', '--network', 'none', '--secret', secret, 'hello'];
  t.equal(sandbox.ok(...given, 'cat', `/run/secrets/${secret}`), 'x');
  sandbox.ok('secret', 'rm', secret);
});

t.test('longer ones are refused in a line', async (t) => {
  const longer = nameOf('a', longest + 1);
  sandbox.ok('create', '--name', 'c', 'hello', 'true');
  sandbox.ok('create', '--name', nameOf('c'), 'hello', 'true');
  sandbox.ok('pod', 'create', '--name', nameOf('q'));
  refused(t, 'create', '--name', longer, 'hello', 'true');
  refused(t, 'rename', 'c', longer);
  refused(t, 'volume', 'create', longer);
  refused(t, 'run', '--rm', '-v', `${longer}:/v`, 'hello', 'true');
  refused(t, 'pod', 'create', '--name', longer);
  refused(t, 'secret', 'create', nameOf('s', 254), '/dev/null');
  refused(t, 'container', 'clone', nameOf('c'));
  refused(t, 'pod', 'clone', nameOf('q'));
  refused(t, 'generate', 'systemd', '--files', '--name', nameOf('c'));
  sandbox.ok('container', 'clone', '--name', 'd', nameOf('c'));
  sandbox.ok('pod', 'rm', '-f', nameOf('q'));
  sandbox.ok('rm', '-fa');
  t.same(readdirSync(join(sandbox.root, 'names')), []);
});

t.test('the sandbox is empty in the end', async (t) => {
  t.same(sandbox.close(), []);
});
