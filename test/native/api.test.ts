/** The acceptor of the API's clients, sanitized, with a worker that does as it is told. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { projectDir } from '../support/product.ts';
import { RawClient } from '../support/service.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-api-'));
const socket = join(directory, 'socket');
const worker = join(projectDir, 'dist', 'js', 'test', 'native', 'api-worker.js');
const words = ['--socket', socket, '--time', '0', '--most', '4', '--', process.execPath, worker];
const launcher = join(projectDir, 'dist', 'asan', 'bryo-launcher');
let log = '';
const start = () => {
  const acceptor = spawn(launcher, ['api', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  acceptor.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const close = new Promise<number | string | null>((resolve) => {
    acceptor.on('exit', (code, signal) => resolve(signal ?? code));
  });
  return { child: acceptor, ended: close };
};
let { child, ended } = start();
t.teardown(() => {
  child.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

const client = (): RawClient => new RawClient(connect({ path: socket, allowHalfOpen: true }));
const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: d\r\n${more}\r\n`;

/** All that comes for bytes until the connection ends. */
async function exchange(text: string): Promise<string> {
  const one = client();
  one.send(text);
  await one.ended;
  one.close();
  return one.received;
}

const statusOf = async (text: string): Promise<string> => (await exchange(text)).slice(9, 12);

/** Live processes of this acceptor's, and those that nobody has reaped; `starter`: the one that starts the others. */
const children = (starter = false): number[] =>
  inProcesses((process) => {
    const isStarter = process.read('comm') === 'bryo-starter\n';
    return process.stateAndParent().parent === child.pid && isStarter === starter
      ? process.pid
      : null;
  });

t.before(() => eventually('it listens', () => existsSync(socket)));

t.test('requests of one connection are answered one after the other', async (t) => {
  const one = client();
  one.send(get('/a') + get('/b'));
  one.send(`POST /c HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe`);
  await one.shows('/b ');
  one.send(`llo${get('/d')}`);
  await one.shows('/d ');
  t.match(one.received, /\/a \d+ H.*\/b \d+ H.*\/c \d+ helloH.*\/d \d+ $/s);
  one.close();
});

t.test('a request that comes byte by byte', async (t) => {
  const one = client();
  one.socket.setNoDelay();
  for (const byte of `\r\n${get('/bytes', 'A: b\r\n')}`) {
    one.send(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await one.shows('/bytes ');
  t.match(one.received, /^HTTP\/1.1 200/);
  one.close();
});

t.test('a body that comes in pieces, and what follows it', async (t) => {
  const one = client();
  one.send('POST /chunked HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  one.send(`0\r\n\r\n${get('/after')}`);
  await one.shows('/after');
  t.match(one.received, /chunks/);
  one.close();
});

t.test('a client that waits for leave to send its body gets it', async (t) => {
  const one = client();
  one.send('POST /e HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
  await one.shows('HTTP/1.1 100 Continue\r\n\r\n');
  one.send('body');
  await one.shows('/e ');
  t.match(one.received, /Continue\r\n\r\nHTTP.* body$/s);
  one.close();
});

t.test('heads that cannot be served never reach a worker', async (t) => {
  t.equal(await statusOf(`GET / HTTP/1.1\r\nX: ${'x'.repeat(1 << 20)}\r\n\r\n`), '431');
  t.equal(await statusOf('GET / HTTP/1.1\nHost: d\n\n'), '400');
  t.equal(await statusOf('GET  HTTP/1.1\r\n\r\n'), '400');
  t.equal(await statusOf('GET / HTTP/1.1\r\nA : b\r\n\r\n'), '400');
  t.equal(await statusOf('GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n'), '400');
  t.equal(await statusOf('GET / HTTP/1.1\r\nA: \0\r\n\r\n'), '400');
  t.equal(await statusOf('GET / HTTP/2.0\r\n\r\n'), '505');
  t.equal(await statusOf('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), '505');
  t.equal(await statusOf('POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n'), '501');
  t.equal(await statusOf('POST / HTTP/1.1\r\nExpect: tea\r\n\r\n'), '417');
  const two = 'Content-Length: 1\r\nContent-Length: 2\r\n';
  t.equal(await statusOf(`POST / HTTP/1.1\r\n${two}\r\n`), '400');
  const both = 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n';
  t.equal(await statusOf(`POST / HTTP/1.1\r\n${both}\r\n`), '400');
  const half = client();
  half.send('GET / HT');
  half.socket.end();
  await half.ended;
  t.equal(half.received.slice(9, 12), '400');
  half.close();
});

t.test('a worker that dies costs one request', async (t) => {
  t.match(await exchange(get('/die')), /^HTTP\/1.1 500 .*worker of this request was lost/s);
  t.match(await exchange(get('/die-begun')), /half$/);
  t.match(await exchange(get('/nonsense')), /^HTTP\/1.1 500 /);
  t.match(await exchange(get('/no-stream')), /^HTTP\/1.1 500 /);
  const one = client();
  one.send(get('/alive'));
  await one.shows('/alive');
  one.close();
  t.match(log, /was lost while it served GET \/die"/);
  t.match(log, /was ended by signal 9/);
});

t.test('slow clients hold up nobody', async (t) => {
  const slow = Array.from({ length: 100 }, () => client());
  for (const one of slow) one.send('GET /slow HTTP/1.1\r\nX: ');
  const unread = client();
  unread.socket.pause();
  unread.send(get('/large').repeat(40));
  const one = client();
  one.send(get('/quick'));
  await one.shows('/quick');
  for (const other of slow) other.send('y\r\n\r\n');
  await Promise.all(slow.map((other) => other.shows('/slow')));
  t.ok(children().length <= 4);
  unread.socket.resume();
  await eventually('all of it comes', () => unread.received.length > 40 * 100_000);
  for (const other of [...slow, unread, one]) other.close();
});

t.test('a request waits without a worker and is served again', async (t) => {
  const waiting = Array.from({ length: 50 }, () => client());
  for (const one of waiting) one.send(get('/again') + get('/next'));
  await Promise.all(waiting.map((one) => one.shows('/next')));
  for (const one of waiting) {
    t.match(one.received, /woken by -1 with what I knowH/);
    one.close();
  }
});

t.test('a request waits until a file grows, or is rotated, or for a time', async (t) => {
  const files = ['grows', 'shrinks', 'rotates', 'rests'].map((name) => join(directory, name));
  for (const path of files) writeFileSync(path, 'some');
  const [grows = '', shrinks = '', rotates = '', rests = ''] = files;
  const clients = [...files, `2${rests}`].map((place) => {
    const one = client();
    one.send(get(`/grown?${place}`) + get('/next'));
    return one;
  });
  const [growing, shrinking, rotating, resting, timed] = clients;
  await timed?.shows('woken by -1');
  for (const one of [growing, shrinking, rotating, resting]) t.equal(one?.received, '');
  appendFileSync(grows, 'more');
  writeFileSync(shrinks, '');
  await Promise.all([growing?.shows('woken by 0'), shrinking?.shows('woken by 0')]);
  renameSync(rotates, `${rotates}.1`);
  await Promise.all([growing?.shows('/next'), shrinking?.shows('/next'), timed?.shows('/next')]);
  t.equal(rotating?.received, '', 'in the midst of a rotation nothing has come');
  writeFileSync(rotates, '');
  await rotating?.shows('woken by 0');
  t.equal(resting?.received, '');
  for (const one of clients) one.close();
});

t.test('hijacked connections carry frames, and their end', async (t) => {
  const one = client();
  one.send(`${get('/framed')}early `);
  await one.shows('EARLY ');
  one.send('late');
  await one.shows('LATE');
  one.socket.end();
  await one.ended;
  const [, frames = ''] = one.received.split('UPGRADED\r\n\r\n');
  t.equal(frames, '\x01\0\0\0\0\0\0\x06EARLY \x01\0\0\0\0\0\0\x04LATE\x02\0\0\0\0\0\0\x07closed\n');
  one.close();
});

t.test('a terminal is detached from by its keys', async (t) => {
  const one = client();
  one.send(get('/raw'));
  await one.shows('UPGRADED\r\n\r\n');
  one.send('typed');
  await one.shows('TYPED');
  one.send('\x10\x11lost');
  await one.ended;
  t.match(one.received, /\r\n\r\nTYPED$/);
  one.close();
});

t.test('clients that leave take nothing with them', async (t) => {
  for (const path of [
    '/a',
    '/again',
    `/grown?${join(directory, 'rests')}`,
    '/framed',
    '/large',
    '/chunked',
  ]) {
    const all = Array.from({ length: 20 }, () => client());
    for (const one of all) one.send(get(path));
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const one of all) one.socket.destroy();
  }
  const one = client();
  one.send(get('/last'));
  await one.shows('/last');
  t.equal(child.exitCode, null);
  one.close();
});

t.test('it ends with its workers, and takes its socket away', async (t) => {
  child.kill('SIGTERM');
  t.equal(await ended, 0);
  t.notOk(existsSync(socket));
  t.same(children(true), []);
  t.notMatch(log, /Sanitizer|runtime error/);
});

t.test('without its starter it ends, and another takes its place', async (t) => {
  ({ child, ended } = start());
  await eventually('it listens again', () => existsSync(socket));
  const busy = client();
  busy.send(get('/framed'));
  await busy.shows('UPGRADED');
  const [starter = 0] = children(true);
  process.kill(starter, 'SIGKILL');
  t.equal(await ended, 125);
  await busy.ended;
  busy.close();
  t.match(log, /the process that starts workers has ended/);
  t.ok(existsSync(socket));
  ({ child, ended } = start());
  let listens = false;
  await eventually('another has the place', () => {
    const one = client();
    one.socket.on('connect', () => {
      listens = true;
      one.close();
    });
    return listens;
  });
  const next = client();
  next.send(get('/next'));
  await next.shows('/next');
  next.close();
  child.kill('SIGKILL');
  await ended;
  await eventually('the socket goes even so', () => !existsSync(socket));
});
