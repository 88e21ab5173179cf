import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseReference } from '../../../src/image/reference.ts';
import { expandShortName, imageSources } from '../../../src/image/sources.ts';
import { loadRegistriesConf, type RegistriesConf } from '../../../src/registry/registries-conf.ts';
import { growthProblem, secondsOf } from '../../support/growth.ts';

const home = mkdtempSync(join(tmpdir(), 'bryo-conf-'));
t.teardown(() => rmSync(home, { recursive: true, force: true }));
let count = 0;

function read(text: string): RegistriesConf {
  count += 1;
  const path = join(home, `${count}.conf`);
  writeFileSync(path, text);
  return loadRegistriesConf({ env: { CONTAINERS_REGISTRIES_CONF: path }, home });
}

function sources(conf: RegistriesConf, name: string, purpose: 'pull' | 'push' = 'pull'): string[] {
  return imageSources(conf, parseReference(name), purpose).map(
    ({ domain, path, insecure }) => `${domain} ${path}${insecure ? ' insecure' : ''}`,
  );
}

function names(conf: RegistriesConf, name: string): string[] {
  return expandShortName(conf, parseReference(name)).map(
    ({ domain, path, tag }) => `${domain}/${path}:${tag}`,
  );
}

t.test('thousands of registries are read in proportion to their number', async (t) => {
  const sizes = [300, 3000, 30_000];
  const seconds = sizes.map((size) => {
    const tables = Array.from({ length: size }, (_, index) => {
      return `[[registry]]\nprefix = "r${index}.org/a"\nlocation = "m${index}.org/b"\n`;
    });
    return secondsOf(() => {
      const last = `r${size - 1}.org/a/x`;
      t.same(sources(read(tables.join('')), last), [`m${size - 1}.org b/x`]);
    });
  });
  t.equal(growthProblem(sizes, seconds), null);
});

t.test('without a word everything is where its name says', async (t) => {
  const conf = read('');
  t.same(sources(conf, 'quay.io/a/b'), ['quay.io a/b']);
  t.same(names(conf, 'alpine'), ['docker.io/library/alpine:latest']);
});

t.test('mirrors, rewriting, the longest prefix', async (t) => {
  const conf = read(`
    [[registry]]
    prefix = "quay.io"
    location = "internal.example:5000/quay"
    insecure = true
    [[registry.mirror]]
    location = "mirror.example/all"
    [[registry.mirror]]
    location = "digests.example"
    insecure = true
    pull-from-mirror = "digest-only"
    [[registry]]
    prefix = "quay.io/team"
    location = "team.example"
    [[registry]]
    prefix = "*.corp.example"
    [[registry]]
    location = "bad.example"
    blocked = true
    [[registry]]
    prefix = "docker.io"
    mirror-by-digest-only = true
    [[registry.mirror]]
    location = "hub.example"
  `);
  t.same(sources(conf, 'quay.io/a/b:1'), [
    'mirror.example all/a/b',
    'internal.example:5000 quay/a/b insecure',
  ]);
  const digest = `sha256:${'a'.repeat(64)}`;
  t.same(sources(conf, `quay.io/a/b@${digest}`), [
    'mirror.example all/a/b',
    'digests.example a/b insecure',
    'internal.example:5000 quay/a/b insecure',
  ]);
  t.same(sources(conf, 'quay.io/a/b', 'push'), ['internal.example:5000 quay/a/b insecure']);
  t.same(sources(conf, 'quay.io/team/x'), ['team.example x']);
  t.same(sources(conf, 'quay.io/teams/x')[1], 'internal.example:5000 quay/teams/x insecure');
  t.same(sources(conf, 'git.corp.example:5000/x'), ['git.corp.example:5000 x']);
  t.same(sources(conf, 'docker.io/library/alpine'), ['docker.io library/alpine']);
  t.same(sources(conf, `docker.io/library/alpine@${digest}`)[0], 'hub.example library/alpine');
  t.throws(() => sources(conf, 'bad.example/x'), { code: 'blocked' });
  t.same(sources(conf, 'bad.example.org/x'), ['bad.example.org x']);
});

t.test('short names', async (t) => {
  const conf = read(`
    unqualified-search-registries = ["docker.io", "quay.io"]
    short-name-mode = "permissive"
    [aliases]
    "fedora" = "registry.fedoraproject.org/fedora"
    "team/app" = "quay.io/team/app"
  `);
  t.same(names(conf, 'fedora:40'), ['registry.fedoraproject.org/fedora:40']);
  t.same(names(conf, 'team/app'), ['quay.io/team/app:latest']);
  t.same(names(conf, 'alpine'), ['docker.io/library/alpine:latest', 'quay.io/alpine:latest']);
  t.same(names(conf, 'ghcr.io/alpine'), ['ghcr.io/alpine:latest']);
  const strict = { ...conf, shortNameMode: 'enforcing' as const };
  t.throws(() => names(strict, 'alpine'), { code: 'ambiguous-name' });
  t.same(names(strict, 'fedora'), ['registry.fedoraproject.org/fedora:latest']);
  t.same(names({ ...conf, shortNameMode: 'disabled' }, 'fedora').length, 2);
});

t.test('aliases that were remembered', async (t) => {
  const cache = join(home, 'cache', 'containers');
  mkdirSync(cache, { recursive: true });
  writeFileSync(
    join(cache, 'short-name-aliases.conf'),
    '[aliases]\n"thing" = "quay.io/own/thing"\n',
  );
  const path = join(home, 'remembered.conf');
  writeFileSync(path, '[aliases]\n"thing" = "docker.io/other/thing"\n');
  const env = { CONTAINERS_REGISTRIES_CONF: path, XDG_CACHE_HOME: join(home, 'cache') };
  // As root they are the machine's, which a test does not write.
  const own = process.geteuid?.() === 0 ? 'docker.io/other/thing' : 'quay.io/own/thing';
  t.same(names(loadRegistriesConf({ env, home }), 'thing'), [`${own}:latest`]);
});

t.test('later files say the last word', async (t) => {
  const own = join(home, '.config', 'containers');
  mkdirSync(join(own, 'registries.conf.d'), { recursive: true });
  writeFileSync(
    join(own, 'registries.conf'),
    'unqualified-search-registries = ["a.example"]\n[[registry]]\nlocation = "x.example"\n[aliases]\n"a" = "x.example/a"\n"b" = "x.example/b"\n',
  );
  writeFileSync(
    join(own, 'registries.conf.d', '10.conf'),
    '[[registry]]\nprefix = "x.example"\nlocation = "y.example"\n[aliases]\n"a" = ""\n"b" = "z.example/b"\n',
  );
  const conf = loadRegistriesConf({ env: {}, home });
  t.same(conf.search, ['a.example']);
  t.same(sources(conf, 'x.example/q'), ['y.example q']);
  t.notOk(conf.aliases.has('a'));
  t.equal(conf.aliases.get('b'), 'z.example/b');
});

t.test('what cannot be read is named', async (t) => {
  const cases: [string, RegExp][] = [
    ['x = [', /\d+\.conf: /],
    ['unqualified-search-registries = "docker.io"', /is not a list of strings/],
    ['short-name-mode = "maybe"', /"short-name-mode" is "maybe"/],
    ['[[registry]]\nblocked = true', /neither "prefix" nor "location"/],
    ['[[registry]]\nlocation = "a"\nblocked = "yes"', /"blocked" is not true or false/],
    ['[registry]\nlocation = "a"', /version 1 is not supported/],
    ['[[registry]]\nlocation = "a"\n[[registry.mirror]]\n', /a mirror has no "location"/],
  ];
  for (const [text, message] of cases) {
    t.throws(() => read(text), { code: 'bad-registries-conf', message }, String(message));
  }
});
