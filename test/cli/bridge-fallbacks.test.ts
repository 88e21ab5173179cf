import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findProgram } from '../../src/native/programs.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft');
const sandbox = new Sandbox();
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

/** A server of this machine that says whose connection it was. */
const server = createServer((socket) => socket.end('outside\n'));
server.listen(0, outside);
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? String(address?.port) : '';

/** A PATH with an nft that does not lay rules which have a word in them, as with a kernel that has no such. */
function withoutRules(word: string): Record<string, string> {
  const bin = sandbox.makeDirectory(`bin-${word.replaceAll(/\W/g, '') || 'all'}`);
  const script = `#!/bin/sh
rules=$(/bin/cat)
case $rules in *"${word}"*) exit 1 ;; esac
printf '%s\\n' "$rules" | ${findProgram('nft')} -f -
`;
  writeFileSync(join(bin, 'nft'), script, { mode: 0o755 });
  return { PATH: `${bin}:/usr/bin:/bin` };
}

const capabilities = ['--cap-add', 'NET_RAW,NET_ADMIN'];
const addressOf = (name: string): string =>
  sandbox
    .ok('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name)
    .trim();

function start(name: string, network: string, env: Record<string, string>): string {
  const words = ['--name', name, '--network', network, ...capabilities, 'hello', 'sleep', '1000'];
  const { code, stderr } = sandbox.run(['run', '-d', ...words], { env });
  t.equal(code, 0, stderr);
  return stderr;
}

/** The row of `doctor`. */
function row(check: string, env: Record<string, string>): { status: string; message: string } {
  const { stdout } = sandbox.run(['doctor', '--format', 'json'], { env });
  return JSON.parse(stdout).find((one: { check: string }) => one.check === check);
}

const asks = (name: string, ...words: string[]) =>
  sandbox.runBeside(['exec', name, ...words, outside ?? '', port]);

/** All containers go, and the holder with its rules. */
async function end(): Promise<void> {
  sandbox.ok('rm', '-f', '-t', '0', '--all');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
}

sandbox.ok('network', 'create', '--subnet', '10.124.1.0/24', 'one');
sandbox.ok('network', 'create', '--subnet', '10.124.2.0/24', 'two');
sandbox.ok('network', 'create', '--subnet', '10.124.3.0/24', '--internal', 'inner');

t.test('without a firewall bridges lead outside, and routes keep them apart', async (t) => {
  const env = withoutRules('');
  t.match(
    start('a', 'one', env),
    /^Warning: neighbours on a bridge can forge addresses, and nothing leads outside by IPv6: nft is missing, or .*\n$/,
  );
  t.equal(start('b', 'two', env), '', 'told of once');
  start('i', 'inner', env);
  t.equal((await asks('a', 'nc', '-w', '20')).stdout, 'outside\n');
  t.equal((await asks('b', 'nc', '-w', '20')).stdout, 'outside\n');
  for (const to of [addressOf('a'), addressOf('i')]) {
    t.equal(sandbox.run(['exec', 'b', 'ping', '-c1', '-W1', to]).code, 1, to);
  }
  const forced = 'ip route add default via 10.124.3.1 && nc -w 5 "$0" "$1"';
  t.equal((await asks('i', 'sh', '-c', forced)).stdout, '');
  sandbox.ok('exec', 'i', 'ping', '-c1', '-W5', '10.124.3.1');
  t.match(sandbox.ok('exec', 'a', 'nslookup', 'a'), addressOf('a'));
  const policy = ['--network', 'one', '--egress', '192.0.2.1:443', 'hello', 'true'];
  t.match(sandbox.run(['run', '--rm', ...policy], { env }), {
    code: 125,
    stderr: /--egress: there is no firewall to hold it: nft is missing/,
  });
  await end();
  t.match(row('firewall of bridges', env), { status: 'warning', message: /no nf_tables/ });
  t.match(row('outgoing TCP', env), { status: 'warning' });
});

t.test('an internal network’s bridge can be another’s later', async (t) => {
  start('keeper', 'one', {});
  const words = ['--subnet', '10.124.4.0/24', '--interface-name', 'used1', 'used'];
  sandbox.ok('network', 'create', '--internal', ...words);
  sandbox.ok('run', '--rm', '--network', 'used', 'hello', 'true');
  sandbox.ok('network', 'rm', 'used');
  sandbox.ok('network', 'create', ...words);
  start('again', 'used', {});
  t.equal((await asks('again', 'nc', '-w', '20')).stdout, 'outside\n');
  await end();
  sandbox.ok('network', 'rm', 'used');
});

t.test('without tproxy connections go through slirp4netns', async (t) => {
  const env = withoutRules('tproxy');
  t.equal(start('a', 'one', env), '', 'nothing is lost but speed');
  t.equal((await asks('a', 'nc', '-w', '20')).stdout, 'outside\n');
  t.notMatch(sandbox.ok('unshare', '--rootless-netns', 'ip', 'link'), 'gate0');
  await end();
  t.match(row('outgoing TCP', env), { status: 'warning', message: /no tproxy/ });
  t.match(row('firewall of bridges', env), { status: 'ok' });
});

t.test('without nf_tables for bridges ports are not guarded, and that is told', async (t) => {
  const env = withoutRules('table bridge');
  t.match(start('a', 'one', env), /^Warning: neighbours on a bridge can forge .* for bridges/);
  start('b', 'two', env);
  t.equal((await asks('a', 'nc', '-w', '20')).stdout, 'outside\n');
  t.equal(sandbox.run(['exec', 'b', 'ping', '-c1', '-W1', addressOf('a')]).code, 1);
  await end();
  t.match(row('firewall of bridges', env), { status: 'warning', message: /for bridges/ });
});

t.test('doctor finds everything where everything is', async (t) => {
  for (const check of ['bridge networks', 'firewall of bridges', 'outgoing TCP', 'pasta']) {
    t.match(row(check, {}), { status: 'ok' }, check);
  }
  t.equal(sandbox.holders().length, 0, 'and leaves nothing');
});

t.test('nothing is left behind', async (t) => {
  server.close();
  t.same(sandbox.close(), []);
});
