/**
 * D2: buildah 2024-9675, 2024-9407; buildkit 2026-33747. Ids of caches name directories of the host's, options of mounts
 * hold more than they should.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildContext } from '../support/build-context.ts';
import { Attack } from './support.ts';

const attack = new Attack();
const { sandbox, victim } = attack;
let contexts = 0;

function build(...lines: string[]) {
  contexts += 1;
  const directory = buildContext(sandbox, `c${contexts}`, {
    Containerfile: ['FROM hello', ...lines].join('\n'),
  });
  return sandbox.run(['build', '--no-cache', '--jobs', '1', directory]);
}

t.test('whatever an id is, its cache lies in the store', async (t) => {
  for (const id of [victim, `../../../../../../..${victim}`, '..', '.', '/', 'a/../../b']) {
    const mount = `--mount=type=cache,id=${id},target=/c`;
    const { code, stdout } = build(`RUN ${mount} ls /c; touch /c/made`);
    t.equal(code, 0, id);
    t.notMatch(stdout, /canary/, id);
  }
  const names = readdirSync(join(sandbox.root, 'build', 'mounts'));
  t.ok(
    names.every((name) => /^[0-9a-f]{64}(\.lock)?$/.test(name)),
    'by digests alone',
  );
  t.equal(attack.damage(), '');
});

t.test('options of mounts are known words', async (t) => {
  for (const words of [
    'type=bind,source=.,target=/m,bind-propagation=shared,rw,dev',
    'type=cache,target=/m,sharing=everything',
    'type=tmpfs,target=/m,size=1m;suid',
    'type=other,target=/m',
  ]) {
    const { code, stderr } = build(`RUN --mount=${words} true`);
    t.not(code, 0, words);
    t.match(stderr, /Containerfile|mount/, words);
  }
});

t.test('targets stay in the image', async (t) => {
  for (const target of ['../../../..', `../../../..${victim}`, '/..', '/proc/self/root/x']) {
    build(`RUN --mount=type=cache,target=${target} echo BREAKOUT > breakout; true`);
  }
  t.equal(attack.damage(), '');
  t.notOk(existsSync(join(victim, 'breakout')));
});

t.test('the same without malice', async (t) => {
  const mount = '--mount=type=cache,id=plain,target=/c';
  t.equal(build(`RUN ${mount} echo kept > /c/f`).code, 0);
  t.match(build(`RUN ${mount} cat /c/f`).stdout, /^kept$/m);
});

t.test('nothing is left', async (t) => {
  t.same(attack.close(), []);
});
