import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, type Result, Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
const [program = '', ...first] = productArgv();
const shim = join(sandbox.makeDirectory('bin'), 'docker');
symlinkSync(program, shim);

/** The product under docker's name. */
function docker(...args: string[]): Result {
  const [command = '', ...rest] = asTestUser([shim, ...first, ...sandbox.flags, ...args]);
  const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8', cwd: '/' });
  return { code: status ?? -1, stdout, stderr };
}

function ok(...args: string[]): string {
  const { code, stdout, stderr } = docker(...args);
  if (code !== 0 || stderr !== '') throw new Error(`docker ${args.join(' ')}: ${code} ${stderr}`);
  return stdout;
}

const source = join(sandbox.directory, 'made', 'by', 'docker');
const id = ok(
  'run',
  '-d',
  '--network',
  'none',
  '--name',
  'job',
  '--label',
  'ci=1',
  '-v',
  `${source}:/work`,
  'hello',
  'sh',
  '-c',
  'exec sleep 1000',
).trim();
ok('create', '--name', 'second', 'hello', 'true');

t.test('versions that clients check', async (t) => {
  t.equal(
    ok('version', '--format', '{{.Server.APIVersion}} {{.Client.APIVersion}}'),
    '1.41 1.41\n',
  );
  t.match(ok('version', '-f', '{{.Server.Version}} {{.Server.Os}}'), /^20\.10\.\d+ linux\n$/);
  t.match(ok('--version'), /^Docker version 20\.10\.\d+, bryo /);
  t.match(ok('version'), /^Client: .*\nServer: /s);
  t.match(
    ok('info', '--format', '{{.OSType}} {{.ServerVersion}} {{.ContainersRunning}}'),
    /^linux 20[\d.]+ 1\n$/,
  );
  t.match(ok('info', '-f', '{{json .SecurityOptions}}'), /name=rootless/);
  t.match(ok('info'), /Containers: 2\n {2}Running: 1\n/);
});

t.test('listings', async (t) => {
  t.match(
    ok('ps', '-a'),
    /^CONTAINER ID {3}IMAGE {5}COMMAND {2,}CREATED .*NAMES\n.* hello +"true" .* second\n.* hello +"sh -c 'exec sleep…"|"sh -c exec sleep 10…" .* job\n$/,
  );
  const [line = '', rest] = ok('ps', '--format', 'json').split('\n');
  t.equal(rest, '');
  t.match(JSON.parse(line), {
    ID: id.slice(0, 12),
    Names: 'job',
    Labels: /(^|,)ci=1(,|$)/,
    State: 'running',
    Networks: 'none',
    Command: /^"sh/,
  });
  t.equal(ok('ps', '--format', '{{.Names}} {{.Label "ci"}}'), 'job 1\n');
  t.equal(ok('ps', '-aq', '--filter', 'label=ci=1', '--no-trunc'), `${id}\n`);
  t.match(ok('images'), /^REPOSITORY {3}TAG {7}IMAGE ID .*\nhello +latest +[0-9a-f]{12} /);
  t.match(JSON.parse(ok('images', '--format', '{{json .}}')), {
    Repository: 'hello',
    Tag: 'latest',
  });
});

t.test('inspect', async (t) => {
  const ask = (format: string, name = 'job'): string => ok('inspect', '-f', format, name);
  t.match(
    ask('{{.Name}} {{.Image}} {{.Config.StopSignal}}'),
    /^\/job sha256:[0-9a-f]{64} SIGTERM\n$/,
  );
  t.equal(
    ask('{{.HostConfig.LogConfig.Type}} {{.HostConfig.RestartPolicy.Name}}', '/job'),
    'json-file no\n',
  );
  t.equal(ask('{{range $name, $n := .NetworkSettings.Networks}}{{$name}}{{end}}'), 'none\n');
  t.equal(ask('{{if .Config.Healthcheck}}{{print .State.Health.Status}}{{end}}'), '\n');
  t.match(ask('{{.Id}}', 'hello'), /^sha256:/);
  t.match(docker('inspect', 'gone'), { code: 1, stdout: '[]\n', stderr: /no such object/i });
});

t.test("what is not there, in docker's words", async (t) => {
  const daemon = 'Error response from daemon: ';
  const said: [string[], string][] = [
    [['rm', 'gone'], `${daemon}No such container: gone`],
    [['start', 'gone'], `${daemon}No such container: gone`],
    [['logs', 'gone'], `${daemon}No such container: gone`],
    [['container', 'inspect', 'gone'], `${daemon}No such container: gone`],
    [['inspect', 'gone'], 'Error: No such object: gone'],
    [['image', 'inspect', 'gone'], `${daemon}No such image: gone:latest`],
    [['rmi', 'a/gone:1'], `${daemon}No such image: a/gone:1`],
    [['tag', 'gone', 'other'], `${daemon}No such image: gone:latest`],
    [['volume', 'inspect', 'gone'], `${daemon}get gone: no such volume`],
    [['volume', 'rm', 'gone'], `${daemon}get gone: no such volume`],
  ];
  for (const [words, line] of said) {
    t.match(docker(...words), { code: 1, stderr: `${line}\n` }, words.join(' '));
  }
  ok('create', '--name', 'resting', 'hello');
  const exec = docker('exec', 'resting', 'true');
  t.equal(exec.stderr, `${daemon}container resting is not running\n`);
  const kill = docker('kill', 'resting');
  const resting = ok('inspect', '-f', '{{.Id}}', 'resting').trim();
  t.match(kill, {
    code: 1,
    stderr: `${daemon}cannot kill container: resting: container ${resting} is not running\n`,
  });
  ok('rm', 'resting');
  t.match(sandbox.run(['rm', 'gone']), { stderr: /^Error: no container with ID or name "gone"/ });
});

t.test('a job as CI tools run it', async (t) => {
  t.ok(statSync(source).isDirectory(), 'the source of the mount was made');
  t.equal(statSync(source).mode & 0o777, 0o755);
  const refused = docker('run', '--rm', '--mount', `type=bind,src=${source}/x,dst=/x`, 'hello');
  t.match(refused, { code: 125, stderr: /no such file/ });
  const file = join(sandbox.directory, 'a-file');
  writeFileSync(file, 'of the host');
  t.equal(ok('run', '--rm', '-v', `${file}:/f`, 'hello', 'cat', '/f'), 'of the host');
  t.match(sandbox.run(['run', '--rm', '-v', `${source}/y:/y`, 'hello', 'true']), { code: 125 });
  t.notOk(existsSync(join(source, 'y')), 'under its own name bryo makes no source');
  t.equal(ok('exec', '-d', 'job', 'true'), '');
  t.match(ok('top', 'job', '-eo', 'pid,comm'), /^PID COMMAND\n +1 sleep\n/);
  t.match(ok('top', 'job'), /^UID +PID +PPID +C +STIME +TTY +TIME CMD\n/);
  t.match(
    ok('exec', 'job', 'cat', '/proc/self/mountinfo'),
    new RegExp(`/containers/${id}/hostname /etc/hostname `),
    'by this a job finds its own container',
  );
  t.equal(ok('logs', '-n', '1', '--details', 'job'), '');
  t.equal(ok('stop', '--time=0', 'job'), 'job\n');
  t.equal(docker('wait', 'job').stdout, '137\n');
  t.match(docker('rm', 'gone'), { code: 1 });
  t.match(docker('run', '--nosuch'), { code: 125 });
});

t.test('the networks that docker has without their being made', async (t) => {
  t.equal(
    ok('network', 'ls', '--format', '{{.Name}} {{.Driver}}'),
    'bridge bridge\nhost host\nnone null\n',
  );
  t.equal(ok('network', 'ls', '-q', '--filter', 'type=custom'), '');
  t.equal(ok('network', 'ls', '--filter', 'name=^b', '--format', '{{.Name}}'), 'bridge\n');
  t.equal(
    ok('network', 'inspect', '-f', '{{.Driver}} {{.Scope}}', 'host', 'none'),
    'host local\nnull local\n',
  );
  t.match(docker('network', 'rm', 'none').stderr, /none is a pre-defined network/);
  t.equal(sandbox.ok('network', 'ls', '--format', '{{.Name}}'), 'podman\n');
});

t.test('without a network nothing else is started', async (t) => {
  ok('run', '-d', '--network', 'none', '--name', 'alone', 'hello', 'sleep', '1000');
  const pid = ok('inspect', '-f', '{{.State.ConmonPid}}', 'alone').trim();
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  t.same(children, [ok('inspect', '-f', '{{.State.Pid}}', 'alone').trim()]);
});

t.test('clean-up by label after the command line was killed', async (t) => {
  const argv = asTestUser([shim, ...first, ...sandbox.flags]);
  const [command = '', ...rest] = [
    ...argv,
    'run',
    '--network',
    'none',
    '--label',
    'job=9',
    'hello',
    'sleep',
    '1000',
  ];
  const child = spawn(command, rest, { stdio: 'ignore', cwd: '/' });
  const running = (): string => ok('ps', '-q', '--filter', 'label=job=9').trim();
  await eventually('it runs', () => running() !== '');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  const ids = running();
  t.match(ids, /^[0-9a-f]{12}$/, 'the container lives on');
  t.equal(docker('rm', '-f', ids).code, 0);
  t.equal(ok('ps', '-aq', '--filter', 'label=job=9'), '');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
