/** What docker's own client does with `bryo system service`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Result, Sandbox } from '../support/bryo.ts';
import { runProgram } from '../support/client.ts';
import { requirePrograms } from '../support/requirements.ts';
import { Service } from '../support/service.ts';

requirePrograms('docker');
const sandbox = new Sandbox();
sandbox.ok('images');
const service = new Service(sandbox);
const settings = sandbox.makeDirectory('docker');
t.before(() => service.ready());
t.teardown(async () => {
  await service.stop();
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

function docker(args: readonly string[], input = ''): Promise<Result> {
  // What a build runs is asked for with the classic builder, which has no program of its own.
  const env = {
    DOCKER_HOST: `unix://${service.socket}`,
    DOCKER_CONFIG: settings,
    DOCKER_BUILDKIT: '0',
  };
  return runProgram(['docker', ...args], env, input);
}

/** The output of a command that has to succeed. */
async function ok(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await docker(args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: status ${code}, ${stderr}`);
  return stdout.trimEnd();
}

const alone = ['--network', 'none'];

t.test('version and info', async (t) => {
  t.match(await ok('version', '--format', '{{.Server.APIVersion}}'), /^1\.\d+$/);
  t.equal(await ok('info', '--format', '{{.OSType}}'), 'linux');
});

t.test('run: what comes out, what goes in, how it ends', async (t) => {
  const run = (...args: string[]) => docker(['run', '--rm', ...alone, ...args]);
  t.same(await run('hello', 'sh', '-c', 'echo out; echo err >&2; exit 3'), {
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  for (let round = 0; round < 8; round += 1) {
    const echoed = await docker(['run', '--rm', '-i', ...alone, 'hello', 'cat'], 'given\n');
    t.same(echoed, { code: 0, stdout: 'given\n', stderr: '' }, `round ${round}`);
  }
  const absent = /executable file "nosuch" not found/;
  t.match(await run('hello', 'nosuch'), { code: 127, stderr: absent });
  t.match(await docker(['run', '--name', 'f', ...alone, 'hello', 'nosuch']), {
    code: 127,
    stderr: absent,
  });
  t.equal(await ok('rm', 'f'), 'f');
  t.equal((await run('hello', '/etc/passwd')).code, 126);
  t.equal((await run('-v', 'relative/path:/x', 'hello')).code, 125);
  t.equal(await ok('ps', '-aq'), '', 'nothing is left of any');
});

t.test('a container from its start to its removal', async (t) => {
  const script = 'echo one; echo two >&2; exec sleep 1000';
  const id = await ok('run', '-d', '--name', 'c', '--init', ...alone, 'hello', 'sh', '-c', script);
  t.match(id, /^[0-9a-f]{64}$/);
  t.equal(await ok('ps', '--filter', 'name=c', '--format', '{{.Names}} {{.Image}}'), 'c hello');
  t.match(await ok('ps'), /CONTAINER ID .*\n.* Up .* c$/s);
  const logs = async () => docker(['logs', 'c']);
  t.same(await logs(), { code: 0, stdout: 'one\n', stderr: 'two\n' });
  t.match(await docker(['logs', '--tail', '1', 'c']), { stdout: '', stderr: 'two\n' });
  t.match(await docker(['exec', 'c', 'sh', '-c', 'echo in; exit 5']), { code: 5, stdout: 'in\n' });
  t.equal(await ok('exec', '-e', 'A=b', '-w', '/tmp', 'c', 'sh', '-c', 'echo $A $PWD'), 'b /tmp');
  t.equal((await docker(['exec', 'c', 'nosuch'])).code, 127);
  t.match(await ok('top', 'c'), /sleep 1000/);
  writeFileSync(join(settings, 'note'), 'copied');
  await ok('cp', join(settings, 'note'), 'c:/root/note');
  t.equal(await ok('exec', 'c', 'cat', '/root/note'), 'copied');
  const { stdout: archive } = await docker(['cp', 'c:/root/note', '-']);
  t.match(archive, /^note\0.*copied/s);
  t.equal(await ok('inspect', '--format', '{{.State.Status}} {{.Name}}', 'c'), 'running /c');
  t.equal((await docker(['exec', '-i', 'c', 'cat'], 'given\n')).stdout, 'given\n');
  const before = await service.ask('POST', '/containers/c/attach?logs=1&stdout=1&stderr=1');
  t.ok(
    before.body.startsWith('\u0001\0\0\0\0\0\0\u0004one\n'),
    'attaching shows what was written before',
  );
  await ok('run', '-d', '--name', 'd', '--init', ...alone, 'hello', 'sleep', '1000');
  t.equal(await ok('kill', 'd'), 'd');
  t.equal(await ok('rm', 'd'), 'd', 'what was killed has ended');
  t.equal(await ok('stop', 'c'), 'c');
  t.equal(await ok('wait', 'c'), '143');
  t.match(await ok('ps', '-a'), / Exited \(143\) /);
  t.match(await docker(['rm', 'none-such']), { code: 1, stderr: /No such container: none-such/ });
  t.equal(await ok('rm', 'c'), 'c');
  t.equal(await ok('ps', '-aq'), '');
});

t.test('a body is none of the stream that comes after it', async (t) => {
  await ok('create', '-i', '--name', 'body', ...alone, 'hello', 'cat');
  const client = service.connect();
  const upgrade = 'Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}';
  const query = 'stream=1&stdin=1&stdout=1';
  client.send(`POST /v1.41/containers/body/attach?${query} HTTP/1.1\r\nHost: d\r\n${upgrade}`);
  await client.shows('101');
  await ok('start', 'body');
  client.send('given\n');
  client.socket.end();
  await client.ended;
  t.ok(client.received.endsWith('\r\n\r\n\u0001\0\0\0\0\0\0\u0006given\n'));
  client.close();
  t.equal(await ok('wait', 'body'), '0');
  await ok('rm', 'body');
});

t.test('build, images', async (t) => {
  const context = sandbox.makeDirectory('context');
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM hello\nCOPY note /note\nRUN cat /note > /made\nCMD ["cat", "/made"]\n',
  );
  writeFileSync(join(context, 'note'), 'of the context');
  t.match(await ok('build', '-t', 'built:1', context), /Step 4\/4 .*Successfully tagged built:1/s);
  t.equal(await ok('run', '--rm', ...alone, 'built:1'), 'of the context');
  t.equal(await ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'built'), 'built:1');
  mkdirSync(join(context, 'bad'));
  writeFileSync(join(context, 'bad', 'Dockerfile'), 'FROM hello\nRUN exit 7\n');
  const bad = await docker(['build', join(context, 'bad')]);
  t.match(bad, { code: 7, stderr: /at STEP "RUN exit 7": .* exit status 7/ });
  writeFileSync(join(context, 'bad', 'Dockerfile'), 'FROM scratch\nCOPY nosuch /\n');
  t.match(await docker(['build', join(context, 'bad')]), { code: 1, stderr: /nosuch/ });
  t.match(await ok('rmi', 'built:1'), /Untagged: built:1/);
});

t.test('networks and volumes', async (t) => {
  t.match(await ok('network', 'create', 'n'), /^[0-9a-f]{64}$/);
  t.match(await ok('network', 'ls', '--format', '{{.Name}}'), /^bridge\nhost\nn\nnone$/);
  const addressed = await ok('run', '--rm', '--network', 'n', 'hello', 'ip', '-4', 'addr');
  t.match(addressed, /inet \d+\.\d+\.\d+\.\d+\/\d+ .* eth0/);
  await ok('run', '-d', '--init', '--name', 'linked', '--network', 'n', 'hello', 'sleep', '1000');
  const link = ['run', '--rm', '--network', 'n', '--link', 'linked:other', 'hello'];
  t.match(await ok(...link, 'nslookup', 'other'), /Name:\s+other/);
  t.equal(await ok('exec', 'linked', 'true'), '');
  t.match(await docker(['run', '--rm', '--link', 'nosuch:other', 'hello']), {
    code: 125,
    stderr: /HostConfig\.Links: .*nosuch/,
  });
  const unnamed = await docker(['run', '--rm', '--link', 'linked:other', 'hello']);
  t.match(unnamed, { code: 125, stderr: /no network with names in common/ });
  await ok('rm', '-f', 'linked');
  t.equal(await ok('network', 'rm', 'n'), 'n');
  t.equal(await ok('volume', 'create', 'vol'), 'vol');
  const volume = ['--rm', ...alone, '-v', 'vol:/data', 'hello'];
  await ok('run', ...volume, 'sh', '-c', 'echo kept > /data/x');
  t.equal(await ok('run', ...volume, 'cat', '/data/x'), 'kept');
  t.equal(await ok('volume', 'inspect', '--format', '{{.Name}}', 'vol'), 'vol');
  t.equal(await ok('volume', 'rm', 'vol'), 'vol');
  const anonymous = await ok('volume', 'create');
  const fill = ['sh', '-c', 'dd if=/dev/zero of=/data/x bs=1000 count=5000 2>/dev/null'];
  await ok('run', '--rm', ...alone, '-v', `${anonymous}:/data`, 'hello', ...fill);
  const pruned = await ok('volume', 'prune', '-f');
  t.match(pruned, `Deleted Volumes:\n${anonymous}`);
  t.match(pruned, 'Total reclaimed space: 5MB');
  t.equal(await ok('volume', 'ls', '-q'), '');
});
