/** What a build says, under each name and to each place; its steps run no commands. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sandbox = new Sandbox();
const context = sandbox.makeDirectory('context');
writeFileSync(join(context, 'file'), 'text');
writeFileSync(
  join(context, 'Containerfile'),
  `ARG FROM_ARG=scratch
FROM \${FROM_ARG} AS base
COPY file /
FROM base
ARG TARGETARCH
LABEL arch=$TARGETARCH
COPY <<EOF /here
one
two
EOF
`,
);
const one = join(context, 'one');
mkdirSync(one);
writeFileSync(join(one, 'Containerfile'), 'FROM scratch\nLABEL a=b\n');

/** Ids as letters: what they are is no matter here. */
function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b/g, 'ID').replace(/\b[0-9a-f]{12}\b/g, 'SHORT');
}

const words = `[1/2] STEP 1/2: FROM scratch AS base
[1/2] STEP 2/2: COPY file /
--> SHORT
[2/2] STEP 1/4: FROM base
[2/2] STEP 2/4: ARG TARGETARCH
--> SHORT
[2/2] STEP 3/4: LABEL arch=$TARGETARCH
--> SHORT
[2/2] STEP 4/4: COPY <<EOF /here (one...)
[2/2] COMMIT app
--> SHORT
Successfully tagged localhost/app:latest
ID
`;

t.test('podman’s words, with stages and without', async (t) => {
  const args = ['build', '-t', 'app', '--build-arg', 'X=1', context];
  const { code, stdout, stderr } = sandbox.run(args);
  t.equal(code, 0);
  t.equal(withoutIds(stdout), words);
  t.equal(stderr, '[Warning] one or more build args were not consumed: [X]\n');
  const again = sandbox.ok('build', '-t', 'app', one);
  t.match(again, /^STEP 1\/2: FROM scratch\nSTEP 2\/2: LABEL a=b\nCOMMIT app\n--> /);
  t.match(sandbox.ok('build', one), /--> Using cache [0-9a-f]{64}\n/);
});

t.test('the id alone, in a file, or all in a log', async (t) => {
  t.match(sandbox.ok('build', '-q', one), /^[0-9a-f]{64}\n$/);
  t.match(sandbox.ok('build', '--progress', 'quiet', one), /^[0-9a-f]{64}\n$/);
  const places = ['log', 'id', 'metadata'].map((name) => join(sandbox.makeDirectory(name), 'file'));
  const [log = '', iid = '', metadata = ''] = places;
  const flags = ['--logfile', log, '--iidfile', iid, '--metadata-file', metadata, '-t', 'named'];
  t.equal(sandbox.ok('build', ...flags, one), '');
  t.match(readFileSync(log, 'utf8'), /^STEP 1\/2: FROM scratch\n[\s\S]*Successfully tagged/);
  t.match(readFileSync(iid, 'utf8'), /^sha256:[0-9a-f]{64}$/);
  t.match(JSON.parse(readFileSync(metadata, 'utf8')), {
    'containerimage.config.digest': readFileSync(iid, 'utf8'),
    'containerimage.digest': /^sha256:/,
    'image.name': 'localhost/named:latest',
  });
});

t.test('several platforms make a list', async (t) => {
  const platforms = ['--platform', 'linux/amd64,linux/arm64', '--platform', 'linux/386'];
  const log = join(sandbox.makeDirectory('logs'), 'log');
  const told = sandbox.ok('build', ...platforms, '--manifest', 'list', '-t', 'other', context);
  t.match(told, /\[linux\/arm64\] \[2\/2\] STEP 4\/4: COPY/);
  const alone = ['--manifest', 'alone', '-t', 'alone-too', one];
  const id = sandbox.ok('build', '-q', ...alone).trim();
  t.equal(sandbox.ok('inspect', '--format', '{{.Id}}', 'alone-too').trim(), id, 'its own id');
  for (const name of ['list', 'other']) {
    const { manifests } = JSON.parse(sandbox.ok('manifest', 'inspect', name)) as {
      manifests: { platform: { architecture: string } }[];
    };
    const found = manifests.map(({ platform }) => platform.architecture);
    t.same(found, ['amd64', 'arm64', '386'], name);
  }
  sandbox.ok('build', ...platforms, '--logfile', log, '--logsplit', context);
  t.match(readFileSync(`${log}_linux_arm64`, 'utf8'), /STEP 1/);
});

t.test('names of instructions are in capitals, whatever the file has', async (t) => {
  const directory = sandbox.makeDirectory('small');
  const text = 'from scratch as as\nlabel from=as\nFROM as\ncopy --from=as . /nothing\n';
  writeFileSync(join(directory, 'Containerfile'), text);
  const told = sandbox.ok('build', directory);
  t.match(told, /^\[1\/2\] STEP 1\/2: FROM scratch AS as$/m);
  t.match(told, /^\[1\/2\] STEP 2\/2: LABEL from=as$/m);
  const wrong = `${text}run x\n`;
  writeFileSync(join(directory, 'Containerfile'), wrong);
  t.match(sandbox.run(['build', directory]).stderr, /^Error: building at STEP "RUN x": /);
});

t.test('docker’s words under its name', async (t) => {
  const [program = '', ...first] = productArgv();
  const shim = join(sandbox.makeDirectory('bin'), 'docker');
  symlinkSync(program, shim);
  const docker = (...args: string[]) => {
    const [command = '', ...rest] = asTestUser([shim, ...first, ...sandbox.flags, ...args]);
    return spawnSync(command, rest, { encoding: 'utf8', cwd: '/' });
  };
  const { stdout, stderr } = docker('build', '--no-cache', '-t', 'd', one);
  t.equal(stdout, '');
  t.match(stderr, /^#1 \[1\/2\] FROM scratch\n[\s\S]*#2 \[2\/2\] LABEL a=b\n#2 DONE [\d.]+s\n/);
  t.match(stderr, /writing image sha256:[0-9a-f]{64} done\n$/);
  t.match(docker('buildx', 'build', '-q', one).stdout, /^sha256:[0-9a-f]{64}\n$/);
});

t.test('a line per step on a terminal', async (t) => {
  const argv = sandbox.argv(['build', '--no-cache', one]);
  const quoted = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { stdout } = spawnSync('script', ['-qec', quoted, '/dev/null'], { encoding: 'utf8' });
  t.match(stdout, /\d\.\ds STEP 2\/2: LABEL a=b/);
  t.ok(stdout.includes('\u001b[J'), 'what is drawn is drawn again');
  t.match(stdout.trimEnd().split('\n').at(-1)?.trim(), /[0-9a-f]{64}$/);
});

t.test('findings of a file that wants them to be errors end the build', async (t) => {
  const strict = sandbox.makeDirectory('strict');
  const text = '# check=error=true\nFROM scratch\nMAINTAINER me\n';
  writeFileSync(join(strict, 'Containerfile'), text);
  t.match(sandbox.run(['build', strict]), { code: 125, stderr: /for rules: MaintainerDeprecated/ });
  const checked = sandbox.run(['build', '--check', strict]);
  t.match(checked, { code: 1, stdout: /^Check complete, 1 warning has been found!/ });
  t.equal(sandbox.ok('build', '--check', one), 'Check complete, no warnings found.\n');
});

t.test('RUN gets no more rights than its container has', async (t) => {
  const insecure = sandbox.makeDirectory('insecure');
  writeFileSync(join(insecure, 'Containerfile'), 'FROM scratch\nRUN --security=insecure ["x"]\n');
  t.match(sandbox.run(['build', insecure]), { code: 125, stderr: /insecure is refused/ });
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
