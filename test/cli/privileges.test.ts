import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
const run = (...args: string[]) => sandbox.run(['run', '--rm', ...args]);

/** The lines of /proc/self/status that tell of privileges, by name. */
function privileges(...flags: string[]): Record<string, string> {
  const { stdout } = run(...flags, 'hello', 'cat', '/proc/self/status');
  const lines = stdout.split('\n').map((line) => line.split(/:\s+/) as [string, string]);
  return Object.fromEntries(lines);
}

t.test('--hardened takes all that most programs can live without', async (t) => {
  const none = '0000000000000000';
  t.match(privileges('--hardened'), { CapPrm: none, CapBnd: none, NoNewPrivs: '1', Seccomp: '2' });
  const { stdout } = run(
    '--hardened',
    'hello',
    'sh',
    '-c',
    'touch /x 2>&1; touch /tmp/y && echo y',
  );
  t.equal(stdout, 'touch: /x: Read-only file system\ny\n');
  const added = privileges('--hardened', '--cap-add', 'chown');
  t.equal(added['CapPrm'], '0000000000000001', 'but what is added is there');
});

t.test('--hardened holds for exec, too', async (t) => {
  sandbox.ok('run', '-d', '--name', 'hard', '--hardened', 'hello', 'sleep', '100');
  const { stdout } = sandbox.run([
    'exec',
    'hard',
    'grep',
    '-E',
    'CapBnd|NoNewPrivs',
    '/proc/self/status',
  ]);
  t.equal(stdout.replace(/\s+/g, ' '), 'CapBnd: 0000000000000000 NoNewPrivs: 1 ');
  sandbox.run(['rm', '-f', '-t', '0', 'hard']);
});

t.test('--privileged gives what the caller has', async (t) => {
  const found = privileges('--privileged');
  t.match(found, { NoNewPrivs: '0', Seccomp: '0' });
  t.match(found['CapEff'], /^000001f+$/);
  const script = [
    'mkdir /m && mount -t tmpfs none /m && echo mounted',
    'unshare -Ur true && echo nested',
    'test -c /dev/fuse && echo fuse',
    'mount | grep -c " /proc/.*ro,"',
  ].join('; ');
  const { stdout } = run('--privileged', 'hello', 'sh', '-c', script);
  t.equal(stdout, 'mounted\nnested\nfuse\n0\n');
});

t.test('a user other than root has what was added, and programs that it starts', async (t) => {
  const [none, chown] = ['0000000000000000', '0000000000000001'];
  const user = ['--network', 'none', '-u', '5'];
  const add = [...user, '--cap-add', 'chown'];
  t.match(privileges(...user), { CapEff: none, CapPrm: none, CapInh: none, CapAmb: none });
  t.match(privileges(...add), { CapEff: chown, CapPrm: chown, CapInh: chown, CapAmb: chown });
  t.match(privileges(...user, '--privileged'), { CapEff: none, CapAmb: none });
  t.match(privileges(...add, '--privileged'), { CapEff: chown, CapAmb: chown });
  t.match(
    privileges('--cap-add', 'chown'),
    { CapInh: none, CapAmb: none },
    'root inherits nothing',
  );
  const kept = privileges('--network', 'none', '--userns', 'keep-id', '--cap-add', 'chown');
  t.match(kept, { CapEff: chown, CapAmb: chown });
  sandbox.ok('run', '-d', '--name', 'added', ...add, 'hello', 'sleep', '100');
  const session = (...flags: string[]): string => {
    const words = ['exec', ...flags, 'added', 'grep', '-E', 'CapEff|CapInh', '/proc/self/status'];
    const text = sandbox.ok(...words);
    return text.replace(/(Cap...:|\s)+/g, ' ').trim();
  };
  t.equal(session(), `${chown} ${chown}`);
  t.equal(session('-u', '7'), `${none} ${none}`, 'another user has nothing');
  t.match(
    session('-u', '0'),
    /^0{16} 0{8}[1-9a-f]/,
    'root has what root has, and passes nothing on',
  );
  t.equal(sandbox.ok('inspect', '-f', '{{.EffectiveCaps}}', 'added'), '[CAP_CHOWN]\n');
  sandbox.run(['rm', '-f', '-t', '0', 'added']);
});

t.test('--privileged can be narrowed', async (t) => {
  const found = privileges(
    '--privileged',
    '--cap-drop',
    'sys_admin',
    '--security-opt',
    'no-new-privileges',
  );
  t.match(found, { NoNewPrivs: '1' });
  t.notMatch(found['CapEff'], /^000001f+$/);
});

t.test('both at once are an error', async (t) => {
  t.match(run('--privileged', '--hardened', 'hello'), {
    code: 125,
    stderr: 'Error: --privileged and --hardened exclude each other\n',
  });
});

t.test("limits are the caller's, and with --hardened low", async (t) => {
  const [program = '', ...words] = asTestUser(['bash', '-c', 'ulimit -Hu; ulimit -Hc']);
  const own = spawnSync(program, words, { encoding: 'utf8' }).stdout;
  t.equal(run('hello', 'sh', '-c', 'ulimit -Hu; ulimit -Hc').stdout, own);
  t.equal(run('hello', 'sh', '-c', 'ulimit -Sc; ulimit -Sc 100 && ulimit -Sc').stdout, '0\n100\n');
  const hardened = run('--hardened', 'hello', 'sh', '-c', 'ulimit -Hu; ulimit -Hc');
  t.equal(hardened.stdout, '4096\n0\n');
});

t.test('a fork bomb ends at the limit', async (t) => {
  const limited = run(
    '--ulimit',
    'nproc=20',
    'hello',
    'sh',
    '-c',
    'for i in $(seq 40); do sleep 5 & done',
  );
  t.match(limited.stderr, /can't fork|Resource temporarily unavailable/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
