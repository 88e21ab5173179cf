// Mounts of the host's files keep the flags of the file system that they come from.
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const run = ['run', '--rm', '--network', 'none'];
const flagsOf = (target: string) => ['grep', '-o', ` ${target} [^ ]* [^ ]*`, '/proc/mounts'];

t.test('a device node that is bound works', async (t) => {
  const write = ['hello', 'sh', '-c', 'echo hi >/n && echo written'];
  t.equal(sandbox.ok(...run, '-v', '/dev/null:/n', ...write), 'written\n');
  const hardened = sandbox.run([...run, '--hardened', '-v', '/dev/null:/n', ...write]);
  t.match(hardened, { code: 1, stderr: /Permission denied/ });
  const asked = ['--hardened', '-v', '/dev/null:/n:dev'];
  t.equal(sandbox.ok(...run, ...asked, ...write), 'written\n');
});

t.test("a directory has its own flags, a volume podman's", async (t) => {
  const source = sandbox.makeDirectory('source');
  const plain = sandbox.ok(...run, '-v', `${source}:/m`, 'hello', ...flagsOf('/m'));
  t.notMatch(plain, /nosuid|nodev/);
  for (const flags of [
    ['-v', 'some:/m'],
    ['-v', `${source}:/m:nosuid,nodev`],
  ]) {
    t.match(sandbox.ok(...run, ...flags, 'hello', ...flagsOf('/m')), /rw,nosuid,nodev/);
  }
  const hardened = ['--hardened', '-v', `${source}:/m`];
  t.match(sandbox.ok(...run, ...hardened, 'hello', ...flagsOf('/m')), /rw,nosuid,nodev/);
  const options = (...flags: string[]): string => {
    const id = sandbox.ok('create', ...flags, 'hello', 'true').trim();
    const shown = sandbox.ok('inspect', '-f', '{{json (index .Mounts 0).Options}}', id);
    sandbox.ok('rm', id);
    return shown.trim();
  };
  t.equal(options('-v', `${source}:/m`), '["rbind"]');
  t.equal(options('-v', `${source}:/m:nosuid`), '["nosuid","rbind"]');
  t.equal(options('-v', 'some:/m'), '["nosuid","nodev","rbind"]');
  t.equal(options(...hardened), '["nosuid","nodev","rbind"]');
});

// As toolbox asks for it.
t.test('terminals of its own within a /dev of the host', async (t) => {
  const flags = ['--privileged', '-v', '/dev:/dev:rslave'];
  const asked = ['--mount', 'type=devpts,destination=/dev/pts,mode=600,ptmxmode=0666,max=7'];
  const look = ['grep', ' /dev/pts ', '/proc/mounts'];
  const shown = sandbox
    .ok(...run, ...flags, ...asked, 'hello', ...look)
    .trim()
    .split('\n');
  t.match(shown.at(-1), /^devpts \/dev\/pts devpts \S*mode=600,ptmxmode=666,max=7/);
  const terminal = sandbox.ok(...run, ...flags, ...asked, '-t', 'hello', 'ls', '/dev/pts');
  t.equal(terminal.trim(), '0     ptmx', 'its first terminal');
  for (const [words, message] of [
    ['type=devpts', /must set volume destination/],
    ['type=devpts,dst=/dev/pts,mode=x', /mode is a number/],
    ['type=devpts,dst=/dev/pts,size=1', /option size is not supported/],
  ] as const) {
    t.match(sandbox.run([...run, '--mount', words, 'hello']), { code: 125, stderr: message });
  }
});

t.test('a /dev of the host is the whole of it', async (t) => {
  // What is masked shows nothing, also where no device of ours came before the first mask.
  const masked = 'for f in interrupts kcore timer_list; do [ ! -e /proc/$f ] || cat /proc/$f; done';
  const look = `grep -c " /dev/mqueue mqueue" /proc/mounts; echo x >/dev/null && ${masked}`;
  const shown = sandbox.run([...run, '-v', '/dev:/dev', 'hello', 'sh', '-c', look]);
  t.match(shown, { code: 0, stdout: '0\n', stderr: '' });
  const tty = ['sh', '-c', `tty && test -c /dev/console && ${masked}`];
  const terminal = sandbox.ok(...run, '-t', '-v', '/dev:/dev', 'hello', ...tty);
  t.match(terminal, /^\/dev\/pts\/\d+\r\n$/);
});
