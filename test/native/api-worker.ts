/** A worker that does what the path of a request says, in place of the real one (src/api/worker.ts). */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { addon } from '../../src/native/addon.ts';

const channel = 3;

interface Line {
  bytes: number;
  again: number;
  woke: number;
  state: number;
}

function tell(words: string, bytes = '', fds: number[] = []): void {
  addon().sendDescriptors(channel, Buffer.from(`${words}\n${bytes}`, 'latin1'), fds);
}

function answerOf(body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function keep(body: string, beyond = ''): void {
  const answer = answerOf(body);
  tell(`keep ${beyond.length} ${answer.length}`, `${beyond}${answer}`);
}

/** The other end of a hijacked connection, which says what it gets in capitals. */
function attach(flags: string, early: string): void {
  const [ours, theirs] = addon().seqpacketPair();
  const head = 'HTTP/1.1 101 UPGRADED\r\n\r\n';
  tell(`stream attach ${flags}${head.length} ${early.length}`, head + early, [theirs]);
  closeSync(theirs);
  for (;;) {
    const { bytes } = addon().receiveDescriptors(ours, 65_536);
    const text = Buffer.from(bytes).toString('latin1');
    if (text === '') break;
    if (text === 'C') {
      addon().sendDescriptors(ours, Buffer.from('Eclosed\n'), []);
      addon().sendDescriptors(ours, Buffer.from('X\0\0\0\0', 'latin1'), []);
      break;
    }
    if (text.startsWith('I')) {
      addon().sendDescriptors(ours, Buffer.from(`O${text.slice(1).toUpperCase()}`), []);
      const count = Buffer.alloc(5, 'K');
      count.writeUInt32LE(text.length - 1, 1);
      addon().sendDescriptors(ours, count, []);
    }
  }
  closeSync(ours);
}

function again(line: Line, state: string): void {
  if (line.again === 1) keep(`woken by ${line.woke} with ${state}`);
  else tell('stream again --after 20 0 0', 'what I know');
}

/** Waits for more in the file that the path names, of which all was read; with a digit before it so many tenths of a second at most. */
function grown(line: Line, place: string): void {
  if (line.again === 1) {
    keep(`woken by ${line.woke}`);
    return;
  }
  const [, tenths = '', path = ''] = /^(\d?)(.*)$/.exec(place) ?? [];
  const fds = [openSync(path, 'r'), openSync(dirname(path), 'r')];
  const after = tenths === '' ? '' : `--after ${tenths}00 `;
  tell(`stream grown --name ${basename(path)} ${after}--seen ${statSync(path).size} 0 0`, '', fds);
  for (const fd of fds) closeSync(fd);
}

function serve(line: Line, request: string, state: string, connection: number): void {
  const [, path = ''] = request.split(' ');
  if (path === '/die') process.kill(process.pid, 'SIGKILL');
  else if (path === '/die-begun') {
    tell('begun');
    writeSync(connection, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    process.kill(process.pid, 'SIGKILL');
  } else if (path === '/nonsense') tell('nonsense');
  else if (path === '/no-stream') tell('stream dance 0 0');
  else if (path === '/large') keep('x'.repeat(100_000));
  else if (path === '/again') again(line, state);
  else if (path.startsWith('/grown?')) grown(line, path.slice(7));
  else if (path === '/framed') attach('--framed ', '');
  else if (path === '/raw') attach('--detach-keys ctrl-p,ctrl-q ', '');
  else if (path === '/chunked') {
    // All of the body that is not there yet, and what follows it.
    let text = request;
    const buffer = Buffer.alloc(65_536);
    while (!text.includes('0\r\n\r\n')) {
      const count = readSync(connection, buffer);
      if (count === 0) {
        tell('close');
        return;
      }
      text += buffer.toString('latin1', 0, count);
    }
    keep('chunks', text.slice(text.indexOf('0\r\n\r\n') + 5));
  } else {
    keep(`${path} ${process.pid} ${request.slice(request.indexOf('\r\n\r\n') + 4)}`);
  }
}

tell('ready');
for (;;) {
  const { bytes, fds } = addon().receiveDescriptors(channel, 262_144);
  const message = Buffer.from(bytes).toString('latin1');
  if (message === '') process.exit(0);
  const end = message.indexOf('\n');
  const line = JSON.parse(message.slice(0, end)) as Line;
  const request = message.slice(end + 1, end + 1 + line.bytes);
  serve(line, request, message.slice(end + 1 + line.bytes), fds[0] ?? -1);
  for (const fd of fds) closeSync(fd);
}
