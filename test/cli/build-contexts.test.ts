/** Where a build's files come from, shown by --explain and --check: nothing is built here. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

const sandbox = new Sandbox();

/** Files of a new directory by their names. */
function directory(name: string, files: Readonly<Record<string, string>>): string {
  const path = sandbox.makeDirectory(name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(path, dirname(file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

/** What --explain says of a stage: its one label. */
function shown(value: string): RegExp {
  return new RegExp(`LABEL pairs=\\[\\{"key":"is","value":"${value}"\\}\\]`);
}

function file(value: string): string {
  return `FROM scratch\nLABEL is=${value}\n`;
}

const explain = ['build', '--explain'];

t.test('the Containerfile of a directory', async (t) => {
  const both = directory('both', { Containerfile: file('container'), Dockerfile: file('docker') });
  t.match(sandbox.ok(...explain, both), shown('container'));
  const one = directory('one', { Dockerfile: file('docker'), 'sub/Other': file('other') });
  t.match(sandbox.ok('image', ...explain, one), shown('docker'));
  t.match(sandbox.ok('buildx', ...explain, '-f', 'sub/Other', one), shown('other'));
  t.match(sandbox.ok(...explain, '-f', join(both, 'Dockerfile'), one), shown('docker'));
  t.match(sandbox.ok(...explain, '-f', join(both, 'Dockerfile')), shown('docker'));
  t.match(
    sandbox.ok(...explain, '-f', join(both, 'Dockerfile'), '-f', join(one, 'sub/Other'), both),
    /stage 0: from scratch, not needed\nstage 1: from scratch, the target\n.*other/,
  );
  const none = directory('none', { file: '' });
  t.match(sandbox.run([...explain, none]), {
    code: 125,
    stderr: `Error: no Containerfile or Dockerfile specified or found in context directory, ${none}: no such file or directory\n`,
  });
  t.match(sandbox.run([...explain, '-f', 'Missing', none]).stderr, /Missing: no such file/);
  t.match(sandbox.run([...explain, join(none, 'file')]).stderr, /context must be a directory/);
  t.match(sandbox.run([...explain, '-f', none, one]).stderr, /cannot be path to a directory/);
  t.match(sandbox.run(explain).stderr, /no context directory and no Containerfile specified/);
});

t.test('standard input has a Containerfile, or a context', async (t) => {
  const context = directory('given', { Containerfile: file('file') });
  const run = (args: readonly string[], input: string) =>
    sandbox.run([...explain, ...args], { input });
  t.match(run(['-'], file('stdin')).stdout, shown('stdin'));
  t.match(run(['-f', '-'], file('stdin')).stdout, shown('stdin'));
  t.match(run(['-f', '-', context], file('stdin')).stdout, shown('stdin'));
  for (const how of ['cf', 'czf', 'c --zstd -f']) {
    if (how.includes('zstd')) requirePrograms('zstd');
    const archive = join(sandbox.directory, 'context.tar');
    execFileSync('tar', [...`-${how}`.split(' '), archive, '-C', context, '.']);
    const argv = sandbox.argv([...explain, '-']);
    const words = ['-c', `exec "$@" < ${archive}`, 'sh', ...argv];
    t.match(execFileSync('sh', words, { encoding: 'utf8' }), shown('file'), how);
  }
  t.match(run(['-'], '').stderr, /no FROM statement/);
});

t.test('a web server and a git repository', async (t) => {
  requirePrograms('git');
  const work = directory('work', { Containerfile: file('main'), 'sub/Containerfile': file('sub') });
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-c',
      'safe.directory=*',
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      '-C',
      work,
      ...args,
    ]);
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  writeFileSync(join(work, 'Containerfile'), file('branch'));
  symlinkSync('/', join(work, 'out'));
  git('checkout', '-q', '-b', 'other');
  git('add', '.');
  git('commit', '-q', '-m', 'two');
  git('checkout', '-q', 'main');
  const site = directory('site', { Dockerfile: file('web') });
  execFileSync('git', [
    '-c',
    'safe.directory=*',
    'clone',
    '-q',
    '--bare',
    work,
    join(site, 'app.git'),
  ]);
  execFileSync('git', [
    '-C',
    join(site, 'app.git'),
    '-c',
    'safe.directory=*',
    'update-server-info',
  ]);
  execFileSync('tar', ['-czf', join(site, 'app.tgz'), '-C', work, 'Containerfile']);
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
    try {
      response.end(readFileSync(join(site, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const build = (...args: string[]) => sandbox.runBeside([...explain, ...args]);
  try {
    t.match(await build(`${address}/Dockerfile`), { code: 0, stdout: shown('web') });
    t.match(await build('-f', `${address}/Dockerfile`, work), { code: 0, stdout: shown('web') });
    t.match(await build(`${address}/app.tgz`), { code: 0, stdout: shown('main') });
    t.match(await build(`${address}/missing`), { code: 125, stderr: /404/ });
    t.match(await build(`${address}/app.git`), { code: 0, stdout: shown('main') });
    t.match(await build(`${address}/app.git#other`), { code: 0, stdout: shown('branch') });
    t.match(await build(`${address}/app.git#main:sub`), { code: 0, stdout: shown('sub') });
    t.match(await build('-f', 'sub/Containerfile', `${address}/app.git`), { stdout: shown('sub') });
    for (const wrong of ['#nothing', '#main:missing', '#other:out', '#other:../..']) {
      t.match(await build(`${address}/app.git${wrong}`), { code: 125, stderr: /^Error: / }, wrong);
    }
    t.match(await build(`${address}/app.git#--upload-pack=touch /tmp/x`), {
      code: 125,
      stderr: /invalid git address/,
    });
  } finally {
    server.close();
  }
});

t.test('files of a context lead to no file outside it', async (t) => {
  const secret = join(sandbox.directory, 'secret');
  writeFileSync(secret, 'CANARY\n');
  const links = [
    'Containerfile',
    '.containerignore',
    '.dockerignore',
    'Containerfile.dockerignore',
  ];
  for (const [at, name] of links.entries()) {
    const context = directory(
      `link${at}`,
      name === 'Containerfile' ? {} : { Containerfile: file('x') },
    );
    symlinkSync(secret, join(context, name));
    const { code, stdout, stderr } = sandbox.run([...explain, context]);
    t.equal(code, 125, name);
    t.match(stderr, /leads out of the build context/, name);
    t.notMatch(stdout + stderr, /CANARY/, name);
  }
  const inside = directory('inside', { 'docker/Dockerfile': file('inside') });
  symlinkSync('docker/Dockerfile', join(inside, 'Dockerfile'));
  t.match(sandbox.ok(...explain, inside), shown('inside'), 'a link within is followed');
  const fifo = directory('fifo', {});
  execFileSync('mkfifo', ['-m', '0666', join(fifo, 'Dockerfile')]);
  t.match(sandbox.run([...explain, fifo]).stderr, /is not a file/);
  const closed = directory('closed', { Dockerfile: file('x') });
  chmodSync(join(closed, 'Dockerfile'), 0);
  t.match(sandbox.run([...explain, closed]).stderr, /EACCES/);
});

t.test('the ignore file that counts', async (t) => {
  const context = directory('ignoring', {
    Containerfile: 'FROM scratch\nCOPY a b c d /\n',
    'Containerfile.dockerignore': 'c\n',
    '.containerignore': 'a\n',
    '.dockerignore': 'b\n',
    mine: 'd\n',
  });
  const ignored = (...args: string[]) => {
    const found = sandbox.run(['build', '--check', ...args, context]).stdout.match(/file "(\w)"/g);
    return found?.join(' ') ?? '';
  };
  t.equal(ignored('--ignorefile', join(context, 'mine')), 'file "d"');
  t.equal(ignored(), 'file "c"');
  execFileSync('rm', [join(context, 'Containerfile.dockerignore')]);
  t.equal(ignored(), 'file "a"');
  execFileSync('rm', [join(context, '.containerignore')]);
  t.equal(ignored(), 'file "b"');
  writeFileSync(join(context, '.dockerignore'), '[\n');
  t.match(sandbox.run(['build', '--check', context]).stderr, /the ignore file:1: \[: syntax error/);
});

t.test('a Containerfile.in goes by way of cpp', async (t) => {
  requirePrograms('cpp');
  const context = directory('preprocessed', {
    'Containerfile.in': '#include "part"\nLABEL is=NAME\n',
    part: 'FROM scratch\n',
  });
  const args = ['--cpp-flag', '-DNAME=defined', '-f', join(context, 'Containerfile.in'), context];
  t.match(sandbox.ok(...explain, ...args), shown('defined'));
});

t.test('what flags ask for in vain', async (t) => {
  const context = directory('flags', { Containerfile: file('x') });
  const wrong: readonly (readonly [flags: string, problem: RegExp])[] = [
    ['--secret x', /^Error: incorrect secret flag format: should be --secret id=foo,src=bar/],
    ['--secret id=x,src=/nope', /^Error: could not parse secrets: faccessat \/nope: no such file/],
    ['--secret id=x,env=NOT_SET', /NOT_SET is not set/],
    ['--ssh default', /SSH_AUTH_SOCK is not set/],
    ['--jobs=-1', /^Error: building: invalid value for jobs\. {2}It must be a positive integer/],
    ['--squash --squash-all', /^Error: cannot specify --squash-all with --squash$/m],
    ['--format tar', /^Error: unrecognized image type "tar"/],
    ['--isolation none', /^Error: unrecognized isolation type "none"/],
    ['--timestamp x', /^Error: invalid argument "x" for "--timestamp" flag/],
    ['--rewrite-timestamp', /needs --source-date-epoch/],
    ['--pull=sometimes', /always, missing, never/],
    ['--pull=always --pull-never', /can only set one of 'pull' or 'pull-always' or 'pull-never'/],
    ['--build-context x', /accepts value in the form of key=value/],
    ['--build-arg-file /nope', /^Error: parsing file "\/nope": open \/nope: no such file/],
    ['--output type=zip', /type is local, tar, oci, docker, image or registry/],
    ['--output type=image,dest=x', /there is no option dest/],
    ['--output type=oci,dest=x,tar=false', /tar=false: an archive is what is written/],
    ['--output type=docker,dest=x,name=y', /an archive has the names of --tag/],
    ['--output type=local,dest=x,push=true', /there is no option push/],
    ['--cache-to type=gha', /type is registry or local/],
    ['--cache-to type=local,dest=x,compression=zstd', /there is no option compression/],
    ['--cache-to type=local,dest=x,mode=most', /mode is min or max/],
    ['--cache-to type=registry,ref=x/y,oci-mediatypes=false', /oci-mediatypes=false: a cache is/],
    ['--cache-from type=local,src=x,mode=max', /there is no option mode/],
    ['--cache-from type=registry,ref=x/y,src=z', /there is no option src/],
    ['--layer-label a=b', /--layer-label is not supported: .*--label/],
    ['--security-opt unmask=proc', /absolute paths or ALL are needed/],
    ['--network none --dns 1.1.1.1', /the --dns option cannot be used with --network=none/],
    ['--target zz', /the target "zz" was not found in the provided Dockerfile/],
    ['--platform a/b/c/d', /invalid platform/],
    ['--sign-by x', /--sign-by is not supported: .*bryo push --sign-by/],
    ['--sbom', /--sbom is not supported/],
    ['--provenance=true', /--provenance is not supported/],
    ['--cw x', /--cw is not supported/],
    ['--call outline', /--call outline is not supported/],
    ['--progress loud', /auto, plain, tty, quiet/],
    ['--authfile /tmp/bogus', /\/tmp\/bogus: no such file or directory/],
    ['x', /accepts at most 1 argument/],
  ];
  for (const [flags, problem] of wrong) {
    const { code, stderr } = sandbox.run([...explain, ...flags.split(' '), context]);
    t.equal(code, 125, flags);
    t.match(stderr, problem, flags);
  }
  const right = [
    '--provenance=false',
    '--sbom=false',
    '--pull',
    '--isolation chroot',
    '--no-cache',
  ];
  for (const flags of [
    ...right,
    '--load',
    '--compress',
    '--rm=false',
    '--force-rm',
    '--layers=0',
  ]) {
    t.match(sandbox.ok(...explain, ...flags.split(' '), context), shown('x'), flags);
  }
});

t.test('arguments of the build', async (t) => {
  const context = directory('arguments', {
    Containerfile: 'ARG TAG=none\nFROM scratch AS a\nARG A\nARG B\nARG TAG\nLABEL is=$A-$B-$TAG\n',
    values: '# of a file\nA=file\nB=file\nTAG\n',
  });
  const build = (args: readonly string[], env: Record<string, string> = {}) =>
    sandbox.run([...explain, ...args, context], { env }).stdout;
  const values = ['--build-arg-file', join(context, 'values')];
  t.match(build([]), shown('--none'));
  t.match(build(['--build-arg', 'A=1', '--build-arg', 'B'], { B: 'env' }), shown('1-env-none'));
  t.match(build([...values, '--build-arg', 'B=flag'], { TAG: 'env' }), shown('file-flag-env'));
  t.match(
    build(['--platform', 'linux/arm64,linux/386']),
    /platform linux\/arm64[\s\S]*platform linux\/386/,
  );
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
