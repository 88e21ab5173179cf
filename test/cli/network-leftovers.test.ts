/** What containers leave of networks that go on, and what is left when nobody uses one any more. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
sandbox.ok('network', 'create', '--subnet', '10.94.1.0/24', 'kept');
const on = (...words: string[]): string[] => ['run', '--network', 'kept', ...words];
sandbox.ok(...on('-d', '--name', 'stays', 'hello', 'sleep', '1000'));

/** Elements of a set of the firewall, one a line. */
function elements(family: string, set: string): string[] {
  const words = ['unshare', '--rootless-netns', 'nft', 'list', 'set', family, 'bryo', set];
  const text = sandbox.ok(...words).replaceAll('\n', ' ');
  const listed = /elements = \{([^}]*)\}/.exec(text)?.[1] ?? '';
  return listed
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Files about containers in the directories of networks. */
function files(): string[] {
  const directory = join(sandbox.runroot, 'networks');
  return readdirSync(directory, { recursive: true })
    .map(String)
    .filter((path) => /(names|policies)\/./.test(path));
}

t.test('the guard keeps ports that there are, and the last ones', async (t) => {
  const kept = 17;
  for (let run = 0; run < kept + 2; run += 1) sandbox.ok(...on('--rm', 'hello', 'true'));
  t.ok(elements('bridge', 'macs').length <= kept);
  t.ok(elements('bridge', 'addresses4').length <= kept);
});

t.test('openings of a policy end with the address that has it', async (t) => {
  const egress = (port: number): string[] => [
    ...on('--rm', '--egress', `192.0.2.0/24:${port}`, '--ip', '10.94.1.77'),
    ...['hello', 'true'],
  ];
  for (const port of [1001, 1002, 1003]) sandbox.ok(...egress(port));
  const open = elements('inet', 'tcp_networks4');
  t.equal(open.length, 1);
  t.match(open[0], /1003$/);
  sandbox.ok(...on('--rm', '--ip', '10.94.1.77', 'hello', 'true'));
  sandbox.ok(...on('--rm', '--egress', '192.0.2.0/24:1004', '--ip', '10.94.1.78', 'hello', 'true'));
  t.equal(elements('inet', 'tcp_networks4').length, 1);
});

t.test('files of containers go with the last one, also of those that were killed', async (t) => {
  sandbox.ok(...on('-d', '--name', 'killed', '--egress', 'none', 'hello', 'sleep', '1000'));
  t.ok(files().length > 1);
  const monitor = (name: string): number =>
    Number(sandbox.ok('inspect', '-f', '{{.State.ConmonPid}}', name));
  for (const name of ['killed', 'stays']) process.kill(monitor(name), 'SIGKILL');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
  t.same(files(), []);
  const uplinks = inProcesses((process) =>
    process.words().some((word) => word.includes(sandbox.runroot)) ? process.pid : null,
  );
  t.same(uplinks, []);
  sandbox.ok('rm', '-f', '--all');
  sandbox.ok('network', 'rm', 'kept');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
