/** Builds with other storage drivers, by users with one id, and builds that are interrupted. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { singleIdWarning } from '../support/changed-machine.ts';

const text = [
  'FROM hello AS first',
  'COPY d /d',
  'RUN echo made > /made && rm /d/a && mkdir /empty && chmod 700 /d',
  'FROM first',
  'COPY --from=first /d /made /copied/',
  'RUN --mount=type=cache,target=/c --mount=type=bind,target=/b cp /b/d/a /c && mv /c/a /moved',
  'RUN find / -xdev | grep -E "^/(d|made|empty|copied|moved|c|b)(/|$)" | sort',
].join('\n');
const files = { Containerfile: text, 'd/a': 'a', 'd/b': 'b' };
const made = [
  ...['/copied', '/copied/b', '/copied/made', '/d', '/d/b', '/empty', '/made', '/moved'],
].join('\n');

for (const driver of ['overlay', 'vfs', 'fuse-overlayfs']) {
  t.test(`the storage driver ${driver}`, async (t) => {
    const sandbox = new Sandbox();
    const directory = buildContext(sandbox, 'c', files);
    const words = ['--storage-driver', driver, 'build', '--jobs', '1', '-t', 'x', directory];
    const first = sandbox.run(words);
    t.match(first, { code: 0, stdout: made });
    const second = sandbox.run(words);
    t.equal(second.stdout.match(/^--> Using cache/gm)?.length, 5);
    t.same(sandbox.close(), []);
  });
}

t.test('a user who has one id', async (t) => {
  const sandbox = new Sandbox();
  const build = (lines: string) => {
    const directory = buildContext(sandbox, `c${lines.length}`, { ...files, Containerfile: lines });
    const argv = sandbox.argv(['build', '--jobs', '1', directory]);
    const at = argv.findIndex((word) => /\/(bryo|node)$/.test(word));
    const own = ['unshare', '-U', '--map-current-user'];
    const [program = '', ...rest] = [...argv.slice(0, at), ...own, ...argv.slice(at)];
    const result = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
    return { ...result, stderr: result.stderr.replace(singleIdWarning, '') };
  };
  t.match(build(text), { status: 0, stdout: made });
  t.match(build('FROM hello\nUSER 0\nRUN id -u'), { status: 0, stdout: '0\n' });
  t.match(build('FROM hello\nCOPY --chown=7:8 d /x/'), {
    status: 125,
    stderr: /--chown=7:8: only root's id is mapped .*bryo doctor/,
  });
  t.same(sandbox.close(), []);
});

t.test('an interrupt at any step leaves nothing', async (t) => {
  const sandbox = new Sandbox();
  const slow = createServer((_request, answer) => {
    answer.writeHead(200, { 'content-length': 1 << 20 });
    answer.write('a part');
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  const many: Record<string, string> = {};
  for (let at = 0; at < 3000; at += 1) many[`d/${at % 30}/${at}`] = String(at);
  const steps = [
    ['RUN echo started; sleep 100', /^started$/m],
    ['COPY d /d', /COPY d/],
    [`ADD http://127.0.0.1:${port}/x /x`, /ADD http/],
    ['RUN --mount=type=cache,target=/c,sharing=locked echo started; sleep 100', /^started$/m],
    [
      'RUN --mount=type=bind,target=/b cat /b/d/*/* > /dev/null; echo started; sleep 9',
      /^started$/m,
    ],
  ] as const;
  for (const [index, [step, begun]] of steps.entries()) {
    const directory = buildContext(sandbox, `i${index}`, {
      Containerfile: `FROM hello\n${step}\n`,
      ...many,
    });
    const child = sandbox.start(['build', '--jobs', '1', '--no-cache', directory]);
    let said = '';
    let interrupted = false;
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
      if (interrupted || !begun.test(said)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    t.equal(code, 130, step);
    t.same(sandbox.leftovers(), [], step);
  }
  slow.closeAllConnections();
  slow.close();
  t.same(sandbox.close(), []);
});
