import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { addon } from '../../src/native/addon.ts';
import { projectDir } from '../support/product.ts';

const launcher = join(projectDir, 'dist', 'asan', 'bryo-launcher');
const native = addon();

/** A sanitized launcher that waits, and the socket it waits on. */
function spare(): { pid: number; socket: number } {
  const [socket, theirs] = native.seqpacketPair();
  const argv = ['bryo-launcher', 'spare'];
  const pid = native.spawn(launcher, argv, ['PATH=/usr/bin:/bin'], [0, 1, 2, theirs]);
  closeSync(theirs);
  return { pid, socket };
}

function words(names: string): string {
  return `--fds\0${names}\0`;
}

/** Sends words with some pipe ends and waits for the launcher's end; what it said of the launch. */
function tell(text: string, count: number): { status: number; said: string } {
  const { pid, socket } = spare();
  const [read, write] = native.pipe();
  // The plan is not one; the status comes second.
  const fds = [read, write, read, read].slice(0, count);
  native.sendDescriptors(socket, Buffer.from(text), fds);
  closeSync(write);
  const said = readFileSync(read, 'utf8');
  closeSync(read);
  closeSync(socket);
  return { status: native.wait(pid), said };
}

t.test('a spare that is not needed ends with whoever made it', async (t) => {
  const { pid, socket } = spare();
  closeSync(socket);
  t.equal(native.wait(pid), 0);
});

t.test('what it is told is a launch', async (t) => {
  t.match(
    tell(words('plan,status'), 2),
    { status: 125, said: /^failed -1 \d+ .*plan/ },
    'a pipe is no plan',
  );
  t.match(tell(words('plan,status,preserved,preserved'), 4), { status: 125, said: /^failed -1 / });
});

t.test('descriptors that do not fit the arguments', async (t) => {
  for (const [names, count] of [
    ['plan,status,client', 2],
    ['plan,status', 4],
    ['plan,status,client,gate', 1],
    ['plan,status,other', 3],
    ['plan,client', 2],
    ['', 2],
  ] as const) {
    t.same(tell(words(names), count), { status: 125, said: '' }, JSON.stringify([names, count]));
  }
  t.same(tell('', 2), { status: 125, said: '' }, 'no names');
});

t.test('more words than it takes, and no descriptors at all', async (t) => {
  t.match(tell('x\0'.repeat(4000), 2), { status: 125 });
  const { pid, socket } = spare();
  native.sendDescriptors(socket, Buffer.from(words('plan,status')), []);
  closeSync(socket);
  t.equal(native.wait(pid), 0);
});
