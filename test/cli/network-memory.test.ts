import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('slirp4netns');
const sandbox = new Sandbox();

function status(pid: string, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
}

/** The slirp4netns that a container's monitor has started. */
function helperOf(name: string): string {
  const monitor = Number(sandbox.ok('inspect', '-f', '{{.State.ConmonPid}}', name));
  const [helper] = inProcesses((process) => {
    const pid = String(process.pid);
    const named = process.read('comm') === 'slirp4netns\n';
    return named && status(pid, 'PPid') === monitor ? pid : null;
  });
  if (helper === undefined) throw new Error(`${name} has no slirp4netns`);
  return helper;
}

t.test('an idle slirp4netns gives back the pages of its files, and works on', async (t) => {
  sandbox.ok('run', '-d', '--name', 'bare', '--network', 'none', 'hello', 'sleep', '1000');
  const namespaces = `/proc/${sandbox.ok('inspect', '-f', '{{.State.Pid}}', 'bare').trim()}/ns`;
  const args = [`--userns-path=${namespaces}/user`, '--netns-type=path', `${namespaces}/net`];
  const [command = '', ...argv] = asTestUser([
    'slirp4netns',
    '--configure',
    '-r',
    '3',
    ...args,
    'tap0',
  ]);
  const bare = spawn(command, argv, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  await once(bare.stdio[3] as NodeJS.ReadableStream, 'data');
  t.teardown(() => bare.kill());
  const usual = status(String(bare.pid), 'RssFile');

  const network = ['--network', 'slirp4netns', '--cap-add', 'net_raw'];
  sandbox.ok('run', '-d', '--name', 'ours', ...network, 'hello', 'sleep', '1000');
  const helper = helperOf('ours');
  const released = () => status(helper, 'RssFile') < usual / 2;
  await eventually('less than half is left', released);
  const ping = ['exec', 'ours', 'ping', '-c', '1', '-W', '9', '10.0.2.2'];
  t.match(sandbox.ok(...ping), '1 packets received', 'the gateway answers');
  await eventually('it is quiet again', released);
  sandbox.ok('rm', '-f', '-t', '0', 'bare', 'ours');
});

t.test('nothing is left behind', async (t) => {
  await eventually('no process is left', () => sandbox.leftovers().length === 0);
  t.same(sandbox.close(), []);
});
