/** `bryo system service`: its socket, its processes and its end. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { productArgv } from '../support/product.ts';
import { framed, Service } from '../support/service.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
t.teardown(() => {
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

t.test('requests are answered by a worker, and the socket goes with the service', async (t) => {
  const service = new Service(sandbox);
  await service.ready();
  t.equal(statSync(service.socket).mode & 0o777, 0o600);
  const pong = await service.ask('GET', '/_ping');
  t.equal(pong.status, 200);
  t.equal(pong.body, 'OK');
  t.equal(service.workers().length, 1);
  t.equal((await service.ask('GET', '/v1.41/containers/json')).body, '[]\n');
  t.equal((await service.ask('GET', '/v1.41/no/such')).status, 404);
  t.equal(await service.stop(), 0);
  t.notOk(existsSync(service.socket));
  await eventually('the workers have ended', () => service.workers().length === 0);
  t.equal(service.log, '');
});

t.test('what a worker has started is reaped while that lives on', async (t) => {
  const service = new Service(sandbox);
  await service.ready();
  const host = { NetworkMode: 'none' };
  const body = { Image: 'hello', Cmd: ['true'], HostConfig: host };
  t.equal((await service.ask('POST', '/containers/create?name=ended', body)).status, 201);
  t.equal((await service.ask('POST', '/containers/ended/start')).status, 204);
  await eventually('it has ended', () => sandbox.ok('ps', '-q') === '');
  // The state and the parent of proc_pid_stat(5) follow the name in brackets.
  const children = (): string[] => {
    const workers = service.workers();
    return inProcesses((process) => {
      const [, state = '', parent] = /^.*\) (\S) (\d+) /s.exec(process.read('stat')) ?? [];
      return workers.includes(Number(parent)) ? state : null;
    });
  };
  await eventually('the worker has no children', () => children().length === 0);
  t.not(service.workers().length, 0, 'not because it has ended');
  sandbox.ok('rm', 'ended');
  t.equal(await service.stop(), 0);
});

t.test('it keeps less than a mebibyte while nobody asks for anything', async (t) => {
  const service = new Service(sandbox);
  await service.ready();
  // Proportional set size of all its memory, in KiB (proc_pid_smaps(5)).
  const size = (): number => {
    const text = readFileSync(`/proc/${service.child.pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]);
  };
  const isSmall = () => size() < 1024;
  await eventually('it is small before the first request', isSmall);
  t.equal((await service.ask('GET', '/_ping')).status, 200);
  await eventually('the worker has ended', () => service.workers().length === 0);
  await eventually('it is small again', isSmall);
  t.equal((await service.ask('GET', '/_ping')).status, 200, 'and serves as before');
  t.equal(await service.stop(), 0);
});

t.test('it ends when nobody asks for anything', async (t) => {
  const service = new Service(sandbox, ['--time', '1']);
  await service.ready();
  t.equal((await service.ask('GET', '/_ping')).body, 'OK');
  t.equal(await service.ended, 0);
  t.notOk(existsSync(service.socket));
});

t.test('a socket that was left behind is replaced, one in use is not', async (t) => {
  const first = new Service(sandbox);
  await first.ready();
  t.equal((await first.ask('GET', '/_ping')).body, 'OK');
  const beside = sandbox.run(['system', 'service', `unix://${first.socket}`]);
  t.equal(beside.code, 125);
  t.equal(beside.stderr, `Error: another service listens on ${first.socket}\n`);
  // Without the process that takes it away, the socket is left behind.
  const left = { pid: first.starter(), path: first.socket };
  process.kill(left.pid, 'SIGKILL');
  t.equal(await first.ended, 125);
  t.ok(existsSync(left.path));
  await eventually('its workers have ended', () => first.workers().length === 0);
  const second = new Service(sandbox);
  await second.accepts();
  t.equal((await second.ask('GET', '/_ping')).body, 'OK');
  t.equal(await second.stop(), 0);
});

t.test('nothing but a small program waits', async (t) => {
  const service = new Service(sandbox);
  await service.ready();
  t.equal((await service.ask('GET', '/info')).status, 200);
  await eventually('its workers have ended', () => service.workers().length === 0);
  // Pages of its own; those of the program's file are the page cache's.
  const kibibytes = (pid: number) =>
    Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const both = [service.child.pid ?? 0, service.starter()].map(kibibytes);
  t.ok(
    both.every((one) => one > 0 && one < 512),
    `${both.join(' and ')} KiB`,
  );
  t.equal(await service.stop(), 0);
});

t.test('places that make no sense', async (t) => {
  const refuse = (...args: string[]) => sandbox.run(['system', 'service', ...args]).stderr;
  t.match(refuse('http://x'), /scheme "http" is not supported/);
  t.match(refuse('unix://relative'), /the path of a socket is absolute/);
  t.match(refuse('tcp://127.0.0.1:99999'), /tcp:\/\/HOST:PORT/);
  t.match(refuse('tcp://127.0.0.1:2375'), /whoever reaches a TCP port/);
  t.match(refuse('--without-tls', 'tcp://0.0.0.0:2375'), /reached from other machines/);
  t.match(refuse('fd://'), /has handed on no socket/);
  t.match(refuse('--time', 'x'), /a number of seconds/);
  t.match(refuse('unix:///etc/passwd'), /is there already and is no socket/);
  const shown = sandbox.run(['system', 'service', '--print-env', 'unix:///run/x.sock']);
  t.equal(shown.stdout, 'export DOCKER_HOST=unix:///run/x.sock\n');
});

t.test('logs are followed without workers, over rotations, until the end', async (t) => {
  const service = new Service(sandbox);
  await service.ready();
  const count = 4000;
  const numbers = (from: number): string =>
    Array.from({ length: count - from }, (_, index) => `line ${from + index}\n`).join('');
  const loop = `i=0; while [ $i -lt ${count} ]; do echo line $i; i=$((i+1)); [ $i != 10 ] || read x; done`;
  const name = ['--name', 'talks', '--log-opt', 'max-size=100kb', '--network', 'none'];
  sandbox.ok('run', '-d', '-i', ...name, 'hello', 'sh', '-c', loop);
  await eventually('it waits', () => sandbox.ok('logs', 'talks').endsWith('line 9\n'));
  const follow = (query: string, version = '1.0') => {
    const client = service.connect();
    const path = `/v1.41/containers/talks/logs?follow=1&${query}`;
    client.send(`GET ${path} HTTP/${version}\r\nHost: d\r\n\r\n`);
    return client;
  };
  const clients = [
    follow('stdout=1'),
    follow('stdout=1&tail=3'),
    follow('stdout=1&tail=0'),
    follow('stderr=1'),
  ];
  const slow = follow('stdout=1');
  slow.socket.pause();
  for (const client of clients.slice(0, 2)) await client.shows('line 9\n');
  await Promise.all(clients.map((client) => client.shows('\r\n\r\n')));
  await eventually('no worker is held', () => service.workers().length === 0);
  const chunked = follow('stdout=1&tail=0', '1.1');
  await chunked.shows('\r\n\r\n');
  sandbox.ok('exec', 'talks', 'sh', '-c', 'echo go > /proc/1/fd/0');
  await Promise.all(clients.map((client) => client.ended));
  const [whole, last, fresh, errors] = clients.map(({ received }) => framed(received));
  t.equal(whole, numbers(0));
  t.equal(last, numbers(7));
  t.equal(fresh, numbers(10));
  t.equal(errors, '');
  await chunked.shows('\r\n0\r\n\r\n');
  chunked.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  await chunked.shows('\r\n\r\nOK');
  slow.socket.resume();
  await slow.ended;
  t.equal(framed(slow.received), numbers(0), 'a slow client holds nobody, and misses nothing');
  for (const client of [...clients, slow, chunked]) client.close();
  sandbox.ok('rm', 'talks');
  t.equal(await service.stop(), 0);
  t.equal(service.log, '');
});

t.test('compose asks the service that is there', async (t) => {
  const runtime = sandbox.makeDirectory('runtime');
  const provider = join(runtime, 'provider');
  writeFileSync(provider, '#!/bin/sh\necho "$DOCKER_HOST"\n', { mode: 0o755 });
  const config = join(runtime, 'containers.conf');
  writeFileSync(config, `[engine]\ncompose_providers = ["${provider}"]\n`);
  const socket = join(runtime, 'bryo', 'bryo.sock');
  sandbox.makeDirectory('runtime/bryo');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  chmodSync(socket, 0o777);
  const compose = (...flags: string[]): string => {
    const env = { CONTAINERS_CONF: config, XDG_RUNTIME_DIR: runtime };
    const [program = '', ...words] = asTestUser([...productArgv(), ...flags, 'compose', 'ps'], env);
    return spawnSync(program, words, { encoding: 'utf8', cwd: '/' }).stdout;
  };
  // The kernel connects before anybody accepts.
  t.equal(compose(), `unix://${socket}\n`);
  const other = ['--root', join(runtime, 'r'), '--runroot', join(runtime, 'rr')];
  t.match(compose(...other), `unix://${join(runtime, 'rr')}`);
  server.close();
});

t.test('compose has a service of its own for as long as it runs', async (t) => {
  const provider = join(sandbox.makeDirectory('compose'), 'provider');
  const script = 'test -S "$(echo "$DOCKER_HOST" | cut -c8-)" && echo "$DOCKER_HOST" "$@"; exit 3';
  writeFileSync(provider, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const config = join(sandbox.directory, 'containers.conf');
  writeFileSync(config, `[engine]\ncompose_providers = ["/none", "${provider}"]\n`);
  const env = { CONTAINERS_CONF: config };
  const own = sandbox.run(['compose', '-f', 'x', 'up', '--help'], { env });
  t.equal(own.code, 3);
  t.match(own.stdout, /^unix:\/\/\S+\.sock -f x up --help\n$/);
  t.equal(own.stderr, `>>>> Executing external compose provider "${provider}" <<<<\n`);
  t.notOk(existsSync(own.stdout.slice('unix://'.length).split(' ')[0] ?? ''));
  const given = { ...env, DOCKER_HOST: 'unix:///none' };
  t.equal(sandbox.run(['compose', 'ps'], { env: given }).stdout, '');
  writeFileSync(config, '[engine]\ncompose_providers = ["/none"]\n');
  t.match(sandbox.run(['compose', 'ps'], { env }), {
    code: 125,
    stderr: /no program for compose files is there/,
  });
  const chosen = { ...given, PODMAN_COMPOSE_PROVIDER: provider };
  const help = 'Run compose workloads via an external provider such as docker-compose\n\n';
  writeFileSync(provider, '#!/bin/sh\necho "$DOCKER_BUILDKIT:$*"\n');
  t.equal(sandbox.run(['compose', '--help'], { env: chosen }).stdout, `${help}:--help\n`);
  t.equal(sandbox.run(['compose'], { env: chosen }).stdout, `${help}:\n`);
  t.equal(sandbox.run(['compose', 'ps'], { env: chosen }).stdout, '0:ps\n');
  chmodSync(provider, 0o644);
  t.match(sandbox.run(['compose', 'ps'], { env: chosen }), {
    code: 125,
    stderr: `Error: executing ${provider} ps: permission denied\n`,
  });
});
