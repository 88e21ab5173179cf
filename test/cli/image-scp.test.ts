// Images that go to other machines and users, with stand-ins for what reaches those.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';

const sandbox = new Sandbox();
const far = new Sandbox();
const bin = sandbox.makeDirectory('bin');
const calls = join(sandbox.makeDirectory('calls'), 'ssh');

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');
// As sshd does it, a shell gets the words behind the host.
program(
  'ssh',
  `echo "$*" >> ${calls}; while [ "$1" != -- ]; do shift; done; shift 2; exec sh -c "$*"`,
);
program('bryo', `exec ${quoted([...productArgv(), ...far.flags])} "$@"`);
const env = { PATH: `${bin}:/usr/bin:/bin:/usr/sbin:/sbin` };
const scp = (...words: string[]) => sandbox.run(['image', 'scp', ...words], { env });

t.test('to a machine and back', async (t) => {
  writeFileSync(calls, '');
  chmodSync(calls, 0o666);
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
  sandbox.ok('tag', 'hello', 'example.com/app:1');
  const sent = scp('-q', 'example.com/app:1', 'me@far:2222::');
  t.same(sent, { code: 0, stdout: 'Loaded image: example.com/app:1\n', stderr: '' });
  t.equal(readFileSync(calls, 'utf8'), "-p 2222 -- me@far 'bryo' 'load' '-q'\n");
  far.ok('image', 'exists', 'example.com/app:1');
  sandbox.ok('untag', 'example.com/app:1');
  const fetched = scp('-q', 'far/run/podman.sock::example.com/app:1');
  t.match(fetched, { code: 0, stdout: 'Loaded image: example.com/app:1\n', stderr: '' });
  sandbox.ok('image', 'exists', 'example.com/app:1');
});

t.test('what cannot be', async (t) => {
  const wrong: [string[], RegExp][] = [
    [['gone', 'far::'], /gone: image not known/],
    [['far::'], /names no image/],
    [['hello', 'far::other'], /the image keeps its name/],
    [['-oProxyCommand=x::hello'], /unknown|needed/],
    [['a b::hello'], /HOST::\[IMAGE\] is needed/],
    [['hello', 'no-such-user-here@localhost::'], /no-such-user-here: no such user/],
  ];
  for (const [words, stderr] of wrong)
    t.match(scp(...words), { code: 125, stderr }, words.join(' '));
});

t.test('nothing is left behind', async (t) => {
  t.same([...sandbox.close(), ...far.close()], []);
});
