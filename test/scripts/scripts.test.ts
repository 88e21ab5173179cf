/**
 * Shell scripts as people write them for podman, with a program of that name that is bryo. What they
 * print was printed by podman 4.3.1: `BRYO_TEST_ORACLE=podman` runs them with the real one.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('curl', 'python3');
const oracle = process.env['BRYO_TEST_ORACLE'] === 'podman';
if (oracle) requirePrograms('podman');

const directory = join(projectDir, 'test', 'scripts');
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const image = 'localhost/hello';
const perScript = 300_000;

const source = new Sandbox();
const archive = join(source.directory, 'hello.tar');
source.ok('create', '--name', 'first', 'hello');
source.ok('save', '-o', archive, 'hello');
chmodSync(archive, 0o644);

function words(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

/** A program named podman in a directory of its own, that works in the sandbox's store. */
function placeProgram(sandbox: Sandbox): string {
  const bin = sandbox.makeDirectory('bin');
  const flags = ['--root', sandbox.root, '--runroot', sandbox.runroot];
  // The environment is the script's own: only the program and its flags are taken over.
  const own = sandbox.argv([]);
  const argv = oracle ? ['/usr/bin/podman', ...flags] : own.slice(own.indexOf('env') + 2);
  const program = argv.filter((word) => !/^[A-Z_]+=/.test(word));
  writeFileSync(join(bin, 'podman'), `#!/bin/sh\nexec ${words(program)} "$@"\n`);
  chmodSync(join(bin, 'podman'), 0o755);
  return bin;
}

function runScript(sandbox: Sandbox, argv: readonly string[], bin: string) {
  const env = { PATH: `${bin}:${path}`, IMAGE: image, TMPDIR: '/var/tmp' };
  const [program = '', ...rest] = asTestUser(argv, env);
  const cwd = sandbox.directory;
  return spawnSync(program, rest, { encoding: 'utf8', cwd, timeout: perScript });
}

for (const script of readdirSync(directory).filter((name) => name.endsWith('.sh'))) {
  t.test(script, async (t) => {
    const sandbox = new Sandbox();
    const bin = placeProgram(sandbox);
    runScript(sandbox, ['podman', 'load', '-i', archive], bin);
    const { status, stdout, stderr } = runScript(sandbox, ['sh', join(directory, script)], bin);
    const expected = readFileSync(join(directory, script.replace(/\.sh$/, '.out')), 'utf8');
    t.equal(stdout, expected, stderr);
    t.equal(status, 0, stderr);
    if (oracle) {
      runScript(sandbox, ['podman', 'rm', '-f', '-a', '-t', '0'], bin);
      runScript(sandbox, ['podman', 'unshare', 'rm', '-rf', sandbox.root], bin);
    }
    t.same(sandbox.close(), []);
  });
}

t.test('nothing is left behind', async (t) => {
  t.same(source.close(), []);
});
