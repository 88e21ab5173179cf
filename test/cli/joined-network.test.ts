// Containers with a network of their own among the processes of another, where their host does not see them.
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const look = ['hello', 'sh', '-c', 'ls /sys/class/net; cat /proc/1/comm'];
const serve = ['hello', 'sh', '-c', 'while :; do echo served | nc -l -p 80; done'];

/** What a server says before it closes. */
function said(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    connect(port, '127.0.0.1')
      .on('data', (data) => {
        text += String(data);
      })
      .on('error', () => resolve(''))
      .on('close', () => resolve(text));
  });
}

/** Asks until somebody answers: a server in a container needs a moment. */
async function saidSoon(container: string): Promise<string> {
  const port = Number(sandbox.ok('port', container, '80').split(':')[1]);
  for (;;) {
    const text = await said(port);
    if (text !== '') return text;
    await setTimeout(50);
  }
}

t.test('a helper of its own', async (t) => {
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'seen', 'hello', 'sleep', '1000');
  const flags = ['--pid', 'container:seen', '--network'];
  t.equal(sandbox.ok('run', '--rm', ...flags, 'slirp4netns', ...look), 'lo\ntap0\nsleep\n');
  t.equal(sandbox.ok('run', '--rm', ...flags, 'pasta:-I,eth0', ...look), 'eth0\nlo\nsleep\n');
  for (const network of ['slirp4netns', 'pasta']) {
    sandbox.ok('run', '-d', ...flags, network, '-p', '127.0.0.1::80', '--name', network, ...serve);
    t.equal(await saidSoon(network), 'served\n');
    sandbox.ok('restart', '-t', '0', network);
    t.equal(await saidSoon(network), 'served\n', `${network} after a restart`);
    sandbox.ok('rm', '-f', '-t', '0', network);
  }
  sandbox.ok('rm', '-f', '-t', '0', 'seen');
});

t.test('a pod that shares processes and no network', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'p', '--share', 'pid');
  const member = ['--pod', 'p', '-p', '127.0.0.1::80', '--name', 'member'];
  sandbox.ok('run', '-d', '--network', 'slirp4netns', ...member, ...serve);
  t.equal(await saidSoon('member'), 'served\n');
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'p');
});

t.test('a bridge', async (t) => {
  sandbox.ok('network', 'create', 'beside');
  const on = ['--network', 'beside'];
  sandbox.ok('run', '-d', ...on, '--name', 'bridged', 'hello', 'sleep', '1000');
  const joins = ['--pid', 'container:bridged'];
  t.equal(sandbox.ok('run', '--rm', ...joins, ...on, ...look), 'eth0\nlo\nsleep\n');
  const helped = [...joins, '--network', 'slirp4netns'];
  t.equal(sandbox.ok('run', '--rm', ...helped, ...look), 'lo\ntap0\nsleep\n');
  const users = ['--userns', 'container:bridged', ...on];
  t.match(sandbox.ok('run', '--rm', ...users, ...look), /^eth0\nlo\n/);
  sandbox.ok('run', '-d', ...on, ...joins, '-p', '127.0.0.1::80', '--name', 'server', ...serve);
  t.equal(await saidSoon('server'), 'served\n');
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'apart', 'hello', 'sleep', '1000');
  t.match(sandbox.run(['run', '--rm', '--pid', 'container:apart', ...on, ...look]), {
    code: 125,
    stderr: /namespaces of apart to a network: .*start apart with --network NAME/,
  });
  sandbox.ok('rm', '-f', '-t', '0', 'server', 'bridged', 'apart');
  sandbox.ok('network', 'rm', 'beside');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
