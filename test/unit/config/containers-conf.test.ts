import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { applyEngineEnvironment, loadConfig } from '../../../src/config/load.ts';
import type { ConfigPlaces } from '../../../src/config/places.ts';

/** A machine that has these files, below /usr/share, /etc and the caller's home. */
function machine(t: Test, files: Record<string, string>): Required<ConfigPlaces> {
  const root = t.testdir({});
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const [share, etc, home] = ['usr/share', 'etc', 'home'].map((name) => join(root, name));
  return { env: {}, home: home ?? '', uid: 1000, share: share ?? '', etc: etc ?? '' };
}

const env = (...words: string[]): string => `[containers]\nenv = ${JSON.stringify(words)}\n`;
const umask = (value: string): string => `[containers]\numask = "${value}"\n`;

const usual = {
  'usr/share/containers/containers.conf': umask('shipped'),
  'etc/containers/containers.conf': umask('local'),
  'etc/containers/containers.conf.d/10-a.conf': umask('local 10'),
  'etc/containers/containers.conf.d/20-b.conf': umask('local 20'),
  'etc/containers/containers.conf.d/note.txt': '[',
  'home/.config/containers/containers.conf': umask('own'),
  'home/.config/containers/containers.conf.d/x.conf': umask('own x'),
};

t.test('no file says nothing', async (t) => {
  const config = await loadConfig(machine(t, {}), []);
  t.same([config.files, config.values.size], [[], 0]);
});

t.test('later files hold over earlier ones', async (t) => {
  const names = Object.keys(usual).filter((name) => !name.endsWith('.txt'));
  for (let last = 0; last < names.length; last += 1) {
    const some = Object.fromEntries(
      Object.entries(usual).filter(([name]) => names.indexOf(name) <= last),
    );
    const places = machine(t, some);
    const { files, values } = await loadConfig(places, []);
    const name = names[last] ?? '';
    t.equal(files.at(-1), join(places.home, '..', name), name);
    t.equal(`[containers]\numask = "${values.get('containers.umask')}"\n`, some[name], name);
  }
});

t.test('named files, and modules', async (t) => {
  const places = machine(t, {
    ...usual,
    'only.conf': umask('only'),
    'last.conf': umask('last'),
    'abs.conf': umask('absolute'),
    'usr/share/containers/containers.conf.modules/m': umask('shipped module'),
    'etc/containers/containers.conf.modules/m': umask('local module'),
    'home/.config/containers/containers.conf.modules/m': umask('own module'),
    'home/xdg/containers/containers.conf': umask('xdg'),
  });
  const at = (name: string): string => join(places.home, '..', name);
  const umaskOf = async (variables: Record<string, string>, modules: string[] = [], uid = 1000) => {
    const config = await loadConfig({ ...places, uid, env: variables }, modules);
    return config.values.get('containers.umask');
  };
  const [only, last] = [at('only.conf'), at('last.conf')];
  t.equal(await umaskOf({ CONTAINERS_CONF: only }), 'only', 'in the place of all others');
  t.equal(await umaskOf({ CONTAINERS_CONF_OVERRIDE: last }), 'last');
  t.equal(await umaskOf({ CONTAINERS_CONF: only }, ['m']), 'own module', 'a module after it');
  t.equal(await umaskOf({}, ['m'], 0), 'local module', 'root has none of its own');
  t.equal(await umaskOf({}, ['m', at('abs.conf')]), 'absolute', 'in their order');
  t.equal(await umaskOf({ CONTAINERS_CONF_OVERRIDE: last }, ['m']), 'last', 'the last word');
  t.equal(await umaskOf({ XDG_CONFIG_HOME: join(places.home, 'xdg') }), 'xdg');
  t.equal(await umaskOf({ CONTAINERS_CONF: '' }), 'own x', 'an empty variable says nothing');
  const failing = (variables: Record<string, string>, modules: string[], message: RegExp) =>
    t.rejects(umaskOf(variables, modules), { code: 'bad-containers-conf', exitCode: 1, message });
  await failing({ CONTAINERS_CONF: '/no/file' }, [], /^\/no\/file: no such file.*CONTAINERS_CONF/);
  await failing({ CONTAINERS_CONF_OVERRIDE: '/no/file' }, [], /CONTAINERS_CONF_OVERRIDE/);
  const unresolved = (word: string, message: RegExp) =>
    t.rejects(umaskOf({}, [word]), { code: 'no-such-module', exitCode: 1, message });
  await unresolved(
    '/no/file',
    /could not resolve module "\/no\/file": faccessat \/no\/file: no such/,
  );
  await unresolved(
    'none',
    /module "none": 3 errors occurred: .*containers\.conf\.modules\/none: no such/,
  );
});

t.test('lists take the place of others, or are added to them', async (t) => {
  const listOf = async (...texts: string[]) => {
    const places = machine(t, {});
    const modules = texts.map((text, at) => {
      const path = join(places.home, '..', `${at}.conf`);
      writeFileSync(path, text);
      return path;
    });
    return (await loadConfig(places, modules)).values.get('containers.env');
  };
  const adding = '[containers]\nenv = ["A=1", {append=true}]\n';
  const replacing = '[containers]\nenv = ["R=1", {append=false}]\n';
  t.same(await listOf(env('A=1'), env('B=2')), ['B=2']);
  t.same(await listOf(env('Z=0'), adding), ['Z=0', 'A=1'], 'what was there before stays');
  t.same(await listOf(adding, env('B=2')), ['A=1', 'B=2'], 'and what comes later is added');
  t.same(await listOf(adding, replacing, env('B=2')), ['B=2'], 'until a file says otherwise');
  t.same(await listOf(adding, env()), ['A=1']);
});

t.test('tables are put together', async (t) => {
  const places = machine(t, {
    'usr/share/containers/containers.conf': '[secrets.opts]\na = "1"\nb = "1"\n',
    'etc/containers/containers.conf': '[secrets.opts]\nb = "2"\n',
  });
  const { values } = await loadConfig(places, []);
  t.same(values.get('secrets.opts'), { a: '1', b: '2' });
});

t.test('what cannot be understood is told in one line', async (t) => {
  const path = 'etc/containers/containers.conf';
  const cases: [string, RegExp][] = [
    ['[containers]\nsdf=\n', /containers\.conf: line 2: [^\n]+$/],
    ['[containers\n', /containers\.conf: line 1: /],
    ['# a\n# b\n[containers]\ninit = "yes"\n', /: line 4: containers\.init is not true or false$/],
    ['[containers]\nenv = "A=1"\n', /: line 2: containers\.env is not a list of texts$/],
    ['[containers]\nenv = [1]\n', /containers\.env is not a list of texts$/],
    ['[containers]\npids_limit = 1.5\n', /containers\.pids_limit is not a whole number$/],
    ['[containers]\numask = 22\n', /containers\.umask is not a text$/],
    ['[secrets]\nopts = "x"\n', /secrets\.opts is not a table of texts$/],
  ];
  for (const [text, message] of cases) {
    const loading = loadConfig(machine(t, { [path]: text }), []);
    await t.rejects(loading, { code: 'bad-containers-conf', exitCode: 1, message }, text);
  }
});

t.test('keys without meaning, and unknown ones', async (t) => {
  const text = '[engine]\nruntime = "crun"\nruntimes = { crun = ["/x"] }\nnew = 1\n';
  const places = machine(t, {
    'etc/containers/containers.conf': `top = 1\n${text}[machine]\ncpus = 2\n`,
  });
  const { values, unknown } = await loadConfig(places, []);
  t.same([...values.keys()], ['engine.runtime', 'engine.runtimes', 'machine']);
  t.same(
    unknown.map(({ key }) => key),
    ['top', 'engine.new'],
  );
});

t.test('comments and text of several lines', async (t) => {
  const text = '# [\n[containers] # }\n  # env = 1\ntz = """\n# not a comment\n"""\n';
  const { values } = await loadConfig(machine(t, { 'etc/containers/containers.conf': text }), []);
  t.equal(values.get('containers.tz'), '# not a comment\n');
});

t.test('variables of the engine itself', async (t) => {
  const text = '[engine]\nenv = ["A=1", "B=2=3", "C"]\n';
  const config = await loadConfig(machine(t, { 'etc/containers/containers.conf': text }), []);
  const variables: Record<string, string> = { A: 'own' };
  applyEngineEnvironment(config, variables);
  t.same(variables, { A: 'own', B: '2=3' });
});
