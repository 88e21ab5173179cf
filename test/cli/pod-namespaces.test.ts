import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();
const pod = (...args: string[]): string => sandbox.ok('pod', ...args);
const inspect = (name: string, format: string): string =>
  sandbox.ok('inspect', '--format', format, name).trim();
const run = (name: string, script: string, ...flags: string[]): string =>
  sandbox.ok('run', '--rm', '--pod', name, ...flags, 'hello', 'sh', '-c', script);
const own = (kind: string): string => `${readlinkSync(`/proc/self/ns/${kind}`)}\n`;

t.test('namespaces of the host are those of the containers of a pod', async (t) => {
  pod('create', '--name', 'host', '--network', 'host', '--add-host', 'db:10.0.0.1');
  t.equal(run('host', 'readlink /proc/self/ns/net'), own('net'));
  t.match(
    run('host', 'hostname; cat /etc/hosts', '--add-host', 'q:10.0.0.2'),
    /^host\n(.*\n)*.*\sdb\n/,
  );
  t.match(run('host', 'cat /etc/hosts', '--add-host', 'q:10.0.0.2'), /10\.0\.0\.2\s+q\n/);
  pod('create', '--name', 'named', '--uts', 'host', '--network', 'none');
  t.equal(run('named', 'hostname'), `${hostname()}\n`);
  pod('create', '--name', 'seen', '--share', '+pid', '--pid', 'host', '--network', 'none');
  t.equal(run('seen', 'readlink /proc/self/ns/pid'), own('pid'));
  pod('rm', '-f', 'host', 'named', 'seen');
});

t.test('a container of a pod can have a network of its own', async (t) => {
  pod('create', '--name', 'web');
  const look = 'hostname; readlink /proc/self/ns/net';
  const shared = run('web', look);
  t.match(shared, /^web\n/);
  t.equal(run('web', look, '--network', 'host'), `web\n${own('net')}`);
  const alone = run('web', look, '--network', 'none');
  t.match(alone, /^web\n/);
  t.notMatch([shared, `web\n${own('net')}`], [alone, alone]);
  pod('rm', '-f', 'web');
});

t.test('the ports of a pod are shown with its containers', async (t) => {
  const port = await freePort();
  pod('create', '--name', 'web', '-p', `127.0.0.1:${port}:80`);
  sandbox.ok('create', '--pod', 'web', '--name', 'server', 'hello', 'sleep', '100');
  const listed = () => sandbox.ok('ps', '-a', '-f', 'name=server', '--format', '{{.Ports}}');
  t.equal(listed(), `127.0.0.1:${port}->80/tcp\n`);
  t.equal(sandbox.ok('port', 'server'), '', 'nothing leads to it yet');
  sandbox.ok('start', 'server');
  t.equal(listed(), `127.0.0.1:${port}->80/tcp\n`);
  t.equal(sandbox.ok('port', 'server', '80'), `127.0.0.1:${port}\n`);
  t.equal(sandbox.ok('port', '--all').trim().split('\n').length, 2);
  const host =
    '{{(index .NetworkSettings.Ports "80/tcp" 0).HostPort}} {{.HostConfig.PortBindings}}';
  t.equal(inspect('server', host), `${port} map[]`);
  sandbox.ok(
    'run',
    '-d',
    '--network',
    'container:server',
    '--name',
    'guest',
    'hello',
    'sleep',
    '100',
  );
  t.equal(sandbox.ok('port', 'guest', '80/tcp'), `127.0.0.1:${port}\n`);
  sandbox.ok('rm', '-f', '-t', '0', 'guest');
  pod('rm', '-f', '-t', '0', 'web');
});

t.test('a pod without anything to hold; its listing', async (t) => {
  pod('create', '--name', 'none', '--share', 'none');
  t.equal(inspect('none', '{{.CreateInfra}} {{.NumContainers}}'), 'false 0');
  const file = join(sandbox.makeDirectory('pids'), 'pid');
  const flags = ['--network', 'none', '--infra-conmon-pidfile', file];
  const id = pod('create', '--name', '', ...flags).trim();
  pod('start', id);
  const infra = pod('inspect', '--format', '{{.InfraContainerID}}', id).trim();
  t.equal(readFileSync(file, 'utf8').trim(), inspect(infra, '{{.State.ConmonPid}}'));
  t.equal(pod('ps', '-q', '-l'), `${id}\n`);
  const row = '{{.Id}} {{.InfraId}} {{range .Containers}}{{.Status}}{{end}}';
  const short = `${id.slice(0, 12)} ${infra.slice(0, 12)} running\n`;
  t.equal(pod('ps', '-l', '--format', row), short);
  t.equal(pod('ps', '--filter', 'name=^no.e$', '--format', '{{.Name}}'), 'none\n');
  pod('rm', '-af');
});

t.test('nothing is left behind', async (t) => {
  t.same(readdirSync(join(sandbox.root, 'pods')), []);
  t.same(sandbox.close(), []);
});
