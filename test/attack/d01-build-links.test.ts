/**
 * D1, D3, D5: buildah 2024-1753, 2024-11218; buildkit 2024-23651, 2024-23652; podman 2022-4122. Links of a context,
 * of a base image and of other stages lead at files of the host's, where a build reads, writes, mounts and tidies up.
 */
import { chownSync, lchownSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildContext, type ContextFile } from '../support/build-context.ts';
import { testUser } from '../support/user.ts';
import { Attack } from './support.ts';

const attack = new Attack();
const { sandbox, victim } = attack;
let contexts = 0;

function context(lines: readonly string[], files: Record<string, ContextFile> = {}): string {
  contexts += 1;
  return buildContext(sandbox, `c${contexts}`, { Containerfile: lines.join('\n'), ...files });
}

function build(directory: string, ...flags: string[]) {
  return sandbox.run(['build', '--no-cache', '--jobs', '1', ...flags, directory]);
}

function hasCanary(text: string): boolean {
  return /^canary$/m.test(text);
}

t.test('links of a context are read within the context', async (t) => {
  const outside = { link: join(victim, 'canary') };
  const links: Record<string, ContextFile> = {
    direct: outside,
    up: { link: `../../../../../../../..${victim}/canary` },
    directory: { link: victim },
    'tree/inner': outside,
  };
  for (const name of ['direct', 'up', 'directory/canary', 'directory', '../victim/canary']) {
    const result = build(context(['FROM hello', `COPY ${name} /x`], links));
    t.equal(result.code, 125, name);
    t.match(result.stderr, /no such file or directory/, name);
  }
  const whole = build(context(['FROM hello', 'COPY . /x', 'RUN cat /x/*; ls -l /x/direct'], links));
  t.notOk(hasCanary(whole.stdout), 'a link in a tree stays a link');
  t.notOk(hasCanary(whole.stderr));
});

t.test('a context that is changed meanwhile', async (t) => {
  const directory = context(['FROM hello', 'COPY d /x', 'RUN cat /x/canary'], {
    'd/canary': 'own\n',
  });
  const user = testUser();
  const [real, aside] = [join(directory, 'd'), join(directory, 'aside')];
  let flips = 0;
  const timer = setInterval(() => {
    flips += 1;
    renameSync(real, aside);
    symlinkSync(victim, real);
    lchownSync(real, user.uid, user.gid);
    rmSync(real);
    renameSync(aside, real);
    chownSync(real, user.uid, user.gid);
  }, 0);
  try {
    for (let round = 0; round < 8; round += 1) {
      const args = ['build', '--no-cache', directory];
      const { stdout, stderr } = await sandbox.runBeside(args);
      t.notOk(hasCanary(stdout + stderr), `round ${round}`);
    }
  } finally {
    clearInterval(timer);
  }
  t.ok(flips > 0);
});

t.test('the source of a mount is found within its image, its stage, the context', async (t) => {
  const lines = [
    'FROM hello AS evil',
    `RUN ln -s ${victim} /abs && ln -s ../../../../../..${victim} /up`,
    'FROM hello',
  ];
  for (const source of ['/abs', '/up', '/abs/..', '../../..']) {
    const mount = `--mount=type=bind,from=evil,source=${source},target=/m,rw`;
    const run = `RUN ${mount} cat /m/canary; echo BREAKOUT > /m/breakout; ls /m`;
    const { stdout, stderr } = build(context([...lines, run]));
    t.notOk(hasCanary(stdout + stderr), source);
  }
  const links = { abs: { link: victim }, up: { link: `../../../../..${victim}` } };
  for (const source of ['abs', 'up', 'abs/canary', '../victim']) {
    const mount = `--mount=type=bind,source=${source},target=/m,rw`;
    const run = `RUN ${mount} cat /m /m/canary; echo BREAKOUT > /m/breakout`;
    const { stdout, stderr } = build(context(['FROM hello', run], links));
    t.notOk(hasCanary(stdout + stderr), source);
  }
  t.equal(attack.damage(), '');
});

t.test('destinations lead nowhere else', async (t) => {
  const lines = [
    'FROM hello',
    `RUN mkdir -p /in && ln -s ${victim} /in/abs && ln -s ../../../../../..${victim} /in/up`,
    `RUN rm -rf /tmp && ln -s ${victim} /tmp`,
    'COPY own /in/abs/canary',
    'COPY own /in/up/new',
    'COPY tree /in/abs/',
    'ADD own /tmp/',
    `RUN cat ${victim}/canary ${victim}/new`,
  ];
  const { code, stdout } = build(context(lines, { own: 'own\n', 'tree/x/y': 'z' }));
  t.equal(code, 0);
  t.match(stdout, /^own\nown$/m, 'they lead to places in the image');
  t.equal(attack.damage(), '');
});

t.test('what is tidied up afterwards is in the image alone', async (t) => {
  const swap = `rm -rf /a; ln -s ${victim} /a; rm -f /etc; ln -s ${victim} /etc2`;
  const lines = [
    'FROM scratch',
    'COPY --from=hello /bin /bin',
    'COPY --from=hello /lib* /usr* /x/',
    `RUN --mount=type=bind,source=tree,target=/a/canary ${swap}; true`,
    `RUN --mount=type=tmpfs,target=/b/canary/c mv /b /d && ln -s ${victim} /b; true`,
    `RUN rm -rf /etc && ln -s ${victim} /etc; true`,
    'RUN true',
  ];
  build(context(lines, { 'tree/x': '' }));
  t.equal(attack.damage(), '');
});

t.test('a Containerfile, an ignore file and archives of others', async (t) => {
  const links = { Containerfile: { link: join(victim, 'canary') } };
  contexts += 1;
  const directory = buildContext(sandbox, `c${contexts}`, links);
  const result = build(directory);
  t.equal(result.code, 125);
  t.notOk(hasCanary(result.stderr));
  const named = context(['FROM hello', 'ADD a.tar /'], {
    'a.tar': { link: join(victim, 'canary') },
  });
  t.equal(build(named).code, 125);
  t.equal(attack.damage(), '');
});

t.test('the same without malice', async (t) => {
  const lines = [
    'FROM hello AS one',
    'RUN mkdir -p /real && echo inside > /real/f && ln -s /real /link',
    'FROM hello',
    'COPY linked /x',
    'RUN --mount=from=one,source=/link,target=/m cat /m/f /x',
    'RUN mkdir /there && ln -s there /way',
    'COPY own /way/',
    'RUN cat /there/own',
  ];
  const { code, stdout } = build(context(lines, { own: 'own\n', linked: { link: 'own' } }));
  t.equal(code, 0);
  t.match(stdout, /^inside\nown$/m);
  t.equal(readFileSync(join(victim, 'canary'), 'utf8'), 'canary\n');
});

t.test('nothing is left', async (t) => {
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
