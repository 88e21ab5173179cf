import { chownSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { testUser } from '../support/user.ts';

const sandbox = new Sandbox();
let contexts = 0;

function build(lines: string[], flags: string[] = [], files: Record<string, string> = {}) {
  contexts += 1;
  const text = ['FROM hello', ...lines].join('\n');
  const directory = buildContext(sandbox, `c${contexts}`, { Containerfile: text, ...files });
  return sandbox.run(['build', '--jobs', '1', ...flags, directory]);
}

function output(lines: string[], flags: string[] = [], files: Record<string, string> = {}): string {
  const { code, stdout, stderr } = build(lines, flags, files);
  if (code !== 0) throw new Error(`status ${code}: ${stderr}`);
  return stdout;
}

t.test('files of the context and of other images', async (t) => {
  const said = output(
    [
      'RUN --mount=target=/src,source=dir cat /src/f && ! touch /src/new',
      'RUN --mount=type=bind,target=/src,rw echo changed > /src/dir/f && cat /src/dir/f',
      'RUN --mount=target=/src cat /src/dir/f',
      'RUN --mount=from=hello,source=/etc,target=/other ls /other/passwd',
      'RUN ! ls -d /src /other',
    ],
    [],
    { 'dir/f': 'original\n' },
  );
  t.match(said, /original\n(.*\n)*changed\n(.*\n)*original\n(.*\n)*\/other\/passwd/);
});

t.test('a cache outlives builds, and goes when it is pruned', async (t) => {
  const mount = '--mount=type=cache,id=../../x,target=/cache';
  const said = output([
    `RUN ${mount} echo first > /cache/f`,
    `RUN ${mount},ro cat /cache/f && ! touch /cache/g`,
    'RUN --mount=type=cache,target=/cache ls /cache',
    'RUN ! ls /cache',
  ]);
  t.match(said, /^first$/m);
  t.match(output([`RUN ${mount} echo again; cat /cache/f`]), /^first$/m);
  t.match(sandbox.ok('system', 'df'), /^Build Cache +\d+ /m);
  sandbox.ok('image', 'prune', '-f');
  t.match(output([`RUN ${mount} cat /cache/f # again`]), /^first$/m, 'it stays');
  sandbox.ok('builder', 'prune', '-f');
  t.match(output([`RUN ${mount} ls /cache | wc -l`]), /^0$/m);
});

t.test('an owner and a mode for a cache, and what it begins with', async (t) => {
  const mount = 'type=cache,target=/c,uid=7,gid=8,mode=0750';
  t.match(output([`RUN --mount=${mount} stat -c "%a %u %g" /c`]), /^750 7 8$/m);
  t.match(
    output(['RUN --mount=type=cache,target=/d,from=hello,source=/etc ls /d/passwd']),
    /^\/d\/passwd$/m,
  );
});

t.test('commands with ids of their own have a cache and secrets that belong to them', async (t) => {
  const file = join(sandbox.directory, 'mapped-secret');
  writeFileSync(file, 'value\n', { mode: 0o600 });
  chownSync(file, testUser().uid, testUser().gid);
  const cache = '--mount=type=cache,id=mapped,target=/c,uid=7,gid=8';
  const lines = [
    `RUN ${cache} stat -c "of %u %g" /c`,
    'RUN --mount=type=cache,id=plain,target=/c stat -c "root %u %g" /c && echo x > /c/f',
    'RUN --mount=type=secret,id=s,uid=7 stat -c "secret %u %g" /run/secrets/s',
    'RUN --mount=type=secret,id=s cat /run/secrets/s',
    'USER 7:8',
    `RUN ${cache} echo written > /c/f; cat /c/f`,
  ];
  const said = output(lines, ['--userns', 'auto:size=500', '--secret', `id=s,src=${file}`]);
  for (const words of ['of 7 8', 'root 0 0', 'secret 7 0', 'value', 'written']) {
    t.match(said, new RegExp(`^${words}$`, 'm'));
  }
  t.match(output([`RUN ${cache} stat -c "%u %g" /c; ls /c | wc -l`]), /^7 8\n0$/m, 'not theirs');
  const tooLarge = build(
    ['RUN --mount=type=cache,target=/c,uid=900 true'],
    ['--userns', 'auto:size=500'],
  );
  t.equal(tooLarge.code, 125);
  t.match(tooLarge.stderr, /--mount=type=cache,id=\/c: id 900 is not mapped/);
});

t.test('what a cache begins with belongs to the same ids', async (t) => {
  const from = '--mount=type=cache,id=filled,target=/c,from=filling,source=/d';
  const made = 'RUN mkdir /d && touch /d/f /d/far && chown 5:6 /d/f && chown 700:0 /d/far';
  output([made], ['-t', 'filling']);
  const look = `RUN ${from} stat -c "%n %u %g" /c/* && echo more > /c/f && cat /c/f`;
  for (const mode of ['host', 'auto:size=500', 'keep-id:uid=50,gid=60']) {
    const stdout = output(['USER 5', look], ['--no-cache', '--userns', mode]);
    const far = mode.startsWith('auto') ? 65534 : 700;
    for (const words of ['/c/f 5 6', `/c/far ${far} 0`, 'more']) {
      t.match(stdout, new RegExp(`^${words}$`, 'm'), mode);
    }
  }
});

t.test('memory', async (t) => {
  const said = output([
    'RUN --mount=type=tmpfs,target=/m,size=1m grep " /m tmpfs.*1024k" /proc/mounts',
  ]);
  t.match(said, /size=1024k/);
});

t.test('secrets are seen and not kept', async (t) => {
  const file = join(sandbox.directory, 'secret');
  writeFileSync(file, 'value\n', { mode: 0o600 });
  chownSync(file, testUser().uid, testUser().gid);
  const flags = ['--secret', `id=s,src=${file}`, '-t', 'secretive'];
  const said = output(
    [
      'RUN --mount=type=secret,id=s stat -c "%a" /run/secrets/s; cat /run/secrets/s',
      'RUN --mount=type=secret,id=s,target=/x/y,mode=0444,uid=3 stat -c "%a %u" /x/y',
      'RUN --mount=type=secret,id=s,env=WORD echo "word $WORD"',
      'RUN --mount=type=secret,id=absent ls /run/secrets/absent || echo none',
    ],
    flags,
  );
  t.match(said, /^400\nvalue$/m);
  t.match(said, /^444 3$/m);
  t.match(said, /^word value$/m);
  t.match(said, /^none$/m);
  const look = 'ls -d /run/secrets /x; env | grep WORD';
  t.match(sandbox.run(['run', '--rm', 'secretive', 'sh', '-c', look]), { stdout: '' });
  t.match(build(['RUN --mount=type=secret,id=absent,required=true true']), {
    code: 125,
    stderr: /secret required but no secret with id "absent" found/,
  });
});

t.test('two stages for each processor run at the same time', async (t) => {
  const count = Math.min(4, 2 * availableParallelism());
  const numbers = Array.from({ length: count }, (_, index) => index);
  // Each waits for all others: one that was not begun before another's end would let it wait in vain.
  const wait = `for i in $(seq 600); do [ $(ls /c | wc -l) = ${count} ] && exit; sleep 0.2; done; exit 3`;
  const stages = numbers.flatMap((n) => [
    `FROM hello AS s${n}`,
    `RUN --mount=type=cache,id=met,target=/c : > /c/${n}; ${wait}`,
  ]);
  const text = [...stages, 'FROM hello', ...numbers.map((n) => `COPY --from=s${n} /etc /${n}`)];
  const directory = buildContext(sandbox, 'met', { Containerfile: text.join('\n') });
  const { code, stderr } = sandbox.run(['build', directory]);
  t.equal(code, 0, stderr);
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
