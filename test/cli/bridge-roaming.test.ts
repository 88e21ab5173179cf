/** The host of containers gets its address late, and another one later: they go on, and reach the outside by it. */
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root makes network namespaces' };
requirePrograms('slirp4netns', 'nft', 'ip', 'unshare', 'nsenter');
const sandbox = new Sandbox();
const mark = String(process.pid % 100_000);
/** The way out of the host, and its end in the network namespace of this test, which is the outside. */
const [inner, outer] = [`ri${mark}`, `ro${mark}`];
const server = '10.199.11.1';

const sh = (command: string): void => void execFileSync('sh', ['-ec', command]);

/** bryo on the host. */
async function run(host: number, ...args: string[]): Promise<string> {
  const words = ['-t', String(host), '-n', ...sandbox.argv(args)];
  const child = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  await once(child, 'close');
  return text;
}

t.test('a late uplink, and another address', onlyRoot, async (t) => {
  const words = ['-n', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep infinity'];
  const machine = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => machine.kill('SIGKILL'));
  await once(machine.stdout, 'data');
  const host = machine.pid ?? 0;
  const onHost = (command: string): void => sh(`nsenter -t ${host} -n sh -ec '${command}'`);
  sh(`ip link add ${outer} type veth peer name ${inner}; ip link set ${inner} netns ${host}`);
  sh(`ip addr add ${server}/24 dev ${outer}; ip addr add 10.199.12.1/24 dev ${outer}`);
  sh(`ip link set ${outer} up`);
  const streams = createServer((socket) => socket.end('outside\n')).listen(0, server);
  await once(streams, 'listening');
  t.teardown(() => streams.close());
  const place = streams.address();
  const port = String(typeof place === 'object' ? place?.port : '');
  // TFTP (RFC 1350): whatever is asked for is one block of data.
  const datagrams = createSocket('udp4').bind(0, server);
  await once(datagrams, 'listening');
  t.teardown(() => datagrams.close());
  const block = Buffer.concat([Buffer.from([0, 3, 0, 1]), Buffer.from('outside\n')]);
  datagrams.on('message', (request, from) => {
    if (request[1] === 1) datagrams.send(block, from.port, from.address);
  });
  const fetch = `tftp -g -l /dev/stdout -r x ${server} ${datagrams.address().port}`;
  const stream = () => run(host, 'exec', 'a', 'nc', '-w', '2', server, port);
  const datagram = () => run(host, 'exec', 'a', 'sh', '-c', `timeout 2 ${fetch} 2> /dev/null`);
  const ping = () =>
    run(host, 'exec', 'a', 'sh', '-c', 'ping -c 1 -W 5 b > /dev/null && echo there');

  const reaches = async (what: string, ask: () => Promise<string>): Promise<void> => {
    let tries = 0;
    while ((await ask()) !== 'outside\n') {
      tries += 1;
      if (tries === 10) throw new Error(what);
    }
    t.pass(what);
  };

  sandbox.ok('network', 'create', '--subnet', '10.94.11.0/24', 'roams');
  for (const name of ['a', 'b']) {
    const flags = ['-d', '--name', name, '--network', 'roams', '--cap-add', 'NET_RAW'];
    await run(host, 'run', ...flags, 'hello', 'sleep', '1000');
  }
  t.equal(await ping(), 'there\n', 'neighbours, without any uplink');
  t.equal(await stream(), '');
  onHost(`ip addr add 10.199.11.2/24 dev ${inner}; ip link set ${inner} up`);
  await reaches('streams, with an uplink that has come late', stream);
  await reaches('datagrams', datagram);
  onHost(`ip addr del 10.199.11.2/24 dev ${inner}`);
  t.equal(await ping(), 'there\n', 'neighbours, between two addresses');
  onHost(`ip addr add 10.199.12.2/24 dev ${inner}; ip route add default via 10.199.12.1`);
  await reaches('streams, from another address', stream);
  await reaches('datagrams', datagram);
  await run(host, 'rm', '-f', '-t', '0', '--all');
  await eventually('the holder ends', () => sandbox.holders().length === 0);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
