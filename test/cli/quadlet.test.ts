import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
const home = sandbox.makeDirectory('home');
const drafts = sandbox.makeDirectory('drafts');
const env = {
  HOME: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  XDG_DATA_HOME: join(home, '.local/share'),
  // No service manager: the tests of the virtual machine have one.
  XDG_RUNTIME_DIR: join(home, 'run'),
};
const installed = join(home, '.config/containers/systemd');
const written = join(home, '.local/share/systemd/user');
const text =
  '[Container]\nImage=hello\nVolume=data.volume:/d\n[Install]\nWantedBy=default.target\n';

function draft(name: string, content: string): string {
  const path = join(drafts, name);
  writeFileSync(path, content);
  chmodSync(path, 0o644);
  return path;
}

function quadlet(...args: string[]) {
  return sandbox.run(['quadlet', ...args], { env });
}

t.test('verify names file and line', async (t) => {
  const bad = draft('bad.container', '[Container]\nImage=hello\nColour=red\n');
  t.same(quadlet('verify', bad), {
    code: 1,
    stdout: `error: ${bad}:3: unknown key Colour= in [Container]\n`,
    stderr: '',
  });
  const [problem] = JSON.parse(quadlet('verify', '--format', 'json', bad).stdout);
  t.match(problem, { file: bad, line: 3, severity: 'error' });
  t.match(quadlet('verify', '/nonexistent.container'), { code: 125, stderr: /there is no/ });
  t.match(quadlet('verify', '/etc/passwd'), { code: 125, stderr: /not named as a unit file/ });
  t.match(quadlet('install', bad), { code: 125, stderr: /:3: unknown key/ });
  t.notOk(existsSync(join(installed, 'bad.container')));
});

t.test('install, list, print and rm', async (t) => {
  const web = draft('web.container', text);
  const data = draft('data.volume', '[Volume]\n');
  t.match(quadlet('install', web), {
    code: 125,
    stderr: /names data\.volume, which does not exist/,
  });
  t.same(quadlet('install', web, data), {
    code: 0,
    stdout: `${installed}/web.container\n${installed}/data.volume\n`,
    stderr: '',
  });
  t.match(quadlet('install', web), { code: 125, stderr: /exists already/ });
  t.match(quadlet('install', '--replace', web), { code: 0 });
  // systemd does not run the generator of a user: the services are there all the same.
  const files = readdirSync(written).sort();
  t.same(files, ['.bryo-units', 'data-volume.service', 'default.target.wants', 'web.service']);
  t.match(readFileSync(join(written, 'default.target.wants/web.service'), 'utf8'), /^ExecStart=/m);
  t.match(quadlet('list'), {
    code: 0,
    stdout: /^web\.container +web\.service +\/.*web\.container +unknown$/m,
  });
  t.equal(
    quadlet('list', '--format', '{{.UnitName}}', '--filter', 'name=data').stdout,
    'data-volume.service\n',
  );
  t.equal(quadlet('print', 'web.container').stdout, text);
  t.match(quadlet('print', '--service', 'web.service').stdout, /^Requires=data-volume\.service$/m);
  t.match(quadlet('print', 'none.container'), { code: 125, stderr: /no unit file none/ });
  t.equal(quadlet('verify').code, 0);
  t.same(quadlet('rm', 'web.container'), { code: 0, stdout: 'web.container\n', stderr: '' });
  t.same(readdirSync(written).sort(), ['.bryo-units', 'data-volume.service']);
  t.match(quadlet('rm', 'web.container'), { code: 125, stderr: /no unit file/ });
  t.equal(quadlet('rm', '--ignore', 'web.container').code, 0);
  t.equal(quadlet('rm', '--all').code, 0);
  t.same(readdirSync(written), []);
});

t.test('the service of a .build file builds its image', async (t) => {
  const directory = sandbox.makeDirectory('build-context');
  writeFileSync(join(directory, 'Containerfile'), 'FROM hello\nARG WHO\nLABEL who=$WHO\n');
  const flags = sandbox.flags.map((word) => `"${word}"`).join(' ');
  const build = draft(
    'made.build',
    `[Build]\nGlobalArgs=${flags}\nImageTag=localhost/made:1\nImageTag=localhost/made:2\n` +
      `SetWorkingDirectory=${directory}\nBuildArg=WHO=nobody\nLabel="words=one two"\n`,
  );
  const user = draft('user.container', '[Container]\nImage=made.build\n');
  t.same(quadlet('install', build, user).code, 0);
  const service = quadlet('print', '--service', 'made-build.service').stdout;
  t.match(service, /^Type=oneshot$/m);
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(service) ?? [];
  // Quotes of such words mean the same to a shell.
  const [program = '', ...rest] = asTestUser(['sh', '-c', line], env);
  const ran = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  t.match(ran, { status: 0, stdout: /Successfully tagged localhost\/made:2/ }, ran.stderr);
  for (const name of ['made:1', 'made:2']) {
    const labels = sandbox.ok(
      'image',
      'inspect',
      '--format',
      '{{.Labels.who}} {{.Labels.words}}',
      name,
    );
    t.equal(labels, 'nobody one two\n');
  }
  const container = quadlet('print', '--service', 'user.service').stdout;
  t.match(container, /^Requires=made-build\.service$/m);
  t.match(container, /^ExecStart=.* localhost\/made:2$/m);
  t.equal(quadlet('rm', '--all').code, 0);
});

t.test('an edited file is taken in; a broken one is told', async (t) => {
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'e.container'), '[Container]\nImage=hello\nExec=one\n');
  t.equal(quadlet('install').code, 0);
  t.match(readFileSync(join(written, 'e.service'), 'utf8'), /hello one$/m);
  writeFileSync(join(installed, 'e.container'), '[Container]\nImage=hello\nExec="one\n');
  t.match(quadlet('install'), {
    code: 1,
    stderr: /e\.container:3: a quote in Exec= is not closed/,
  });
  t.notOk(existsSync(join(written, 'e.service')));
});

t.test('the generator', async (t) => {
  const units = sandbox.makeDirectory('units');
  const out = sandbox.makeDirectory('out');
  const bin = sandbox.makeDirectory('bin');
  writeFileSync(join(units, 'web.container'), text);
  writeFileSync(join(units, 'data.volume'), '[Volume]\n');
  writeFileSync(join(units, 'bad.container'), 'nonsense\n');
  const [program = ''] = productArgv();
  // Under Node the name of the program says nothing; the executable is what systemd runs.
  if (/node/.test(program)) return;
  const generator = join(bin, 'bryo-user-generator');
  symlinkSync(program, generator);
  const generate = (...args: string[]) => {
    const [first = '', ...rest] = asTestUser([generator, ...args], {
      ...env,
      QUADLET_UNIT_DIRS: units,
    });
    return spawnSync(first, rest, { encoding: 'utf8' });
  };
  const { status, stderr } = generate(out, out, out);
  t.equal(status, 1);
  t.match(stderr, /^<3>bryo-user-generator: .*bad\.container:1: neither a \[Section\] nor/m);
  t.same(readdirSync(out).sort(), ['data-volume.service', 'default.target.wants', 'web.service']);
  const dry = generate('--user', '--dryrun');
  t.match(dry.stdout, /^---web\.service---$/m);
  t.match(dry.stderr, /^bryo-user-generator: /m);
  t.equal(generate().status, 1);
  t.match(generate('--nonsense').stderr, /^usage:/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
