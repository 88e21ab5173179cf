import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft', 'iperf3', 'tc');
const sandbox = new Sandbox();
const ok = (...args: string[]): string => sandbox.ok(...args);
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
const iperf = ['/usr/bin/iperf3', '--json'];

/** Bits per second that arrive, by what iperf3 says. */
function received(...words: string[]): number {
  const out = ok('exec', 'client', ...iperf, '-t', '3', '-c', 'server', ...words);
  const { end } = JSON.parse(out) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second;
}

t.test('a container sends and gets no more than its rate', async (t) => {
  const rate = 40e6;
  ok('network', 'create', 'lane');
  const tmp = ['--tmpfs', '/tmp'];
  ok(
    'run',
    '-d',
    '--name',
    'server',
    '--network',
    'lane',
    ...system,
    ...tmp,
    'hello',
    ...iperf,
    '-s',
  );
  const limited = ['--network', 'lane:rate=40mbit', ...system, ...tmp, 'hello', 'sleep', '1000'];
  ok('run', '-d', '--name', 'client', '--restart', 'always', ...limited);
  for (const direction of [[], ['-R']]) {
    const ratio = received(...direction) / rate;
    t.ok(ratio > 0.7 && ratio < 1.15, `${direction.join('')} ${ratio.toFixed(2)} of the rate`);
  }
  const pid = ok('inspect', '-f', '{{.State.Pid}}', 'client');
  ok('network', 'create', 'further');
  ok('network', 'connect', 'further', 'client');
  process.kill(Number(pid), 'SIGKILL');
  let now = pid;
  while (now === pid || now === '0\n') now = ok('inspect', '-f', '{{.State.Pid}}', 'client');
  const again = received() / rate;
  t.ok(again > 0.7 && again < 1.15, `${again.toFixed(2)} of the rate after a restart`);
  ok('rm', '-f', '-t', '0', '--all');
});

t.test('a rate that cannot be held is refused', async (t) => {
  const refused = (...args: string[]): string => sandbox.run(['run', '--rm', ...args]).stderr;
  const at = (rate: string) => ['--network', `lane:rate=${rate}`];
  t.match(refused(...at('fast'), 'hello', 'true'), /rate "fast": such as 10mbit/);
  t.match(refused(...at('1kbit'), 'hello', 'true'), /between 8kbit and 1tbit/);
  const admin = refused(...at('1mbit'), '--cap-add', 'net_admin', 'hello', 'true');
  t.match(admin, /rate= of --network cannot be held with --cap-add NET_ADMIN/);
  t.match(refused(...at('1mbit'), '--privileged', 'hello', 'true'), /with --privileged/);
  ok('network', 'create', '-d', 'macvlan', '--subnet', '10.71.31.0/24', 'flat');
  const flat = refused('--network', 'flat:rate=1mbit', 'hello', 'true');
  t.match(flat, /network flat: rate= cannot be held with the driver macvlan/);
  const open = ['/usr/sbin/tc', 'qdisc', 'del', 'dev', 'eth0', 'root'];
  t.match(refused(...at('1mbit'), ...system, 'hello', ...open), /not permitted/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
