import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { productDirectory } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

// Root of a user namespace with a range of ids: bryo finds what it finds when the machine's root
// calls it, and the suite's own user suffices.
const sandbox = new Sandbox();

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a shell script as such a root; "$@" is bryo with its global flags. */
function rootScript(script: string): Ended {
  const argv = sandbox.argv([]);
  const product = argv.slice(argv.findIndex((word) => /\/(bryo|node)$/.test(word)));
  const root = ['unshare', '-U', '--map-root-user', '--map-auto'];
  const [program = '', ...rest] = asTestUser([...root, 'sh', '-ec', script, 'sh', ...product]);
  const result = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

t.test("root's containers run in a user namespace without root", async (t) => {
  const result = rootScript('"$@" run --rm hello sh -c "id -u; cat /proc/self/uid_map"');
  t.equal(result.stderr, '');
  t.match(result.stdout, /^0\n\s+0\s+1\s+\d+\n$/, 'container root is not the caller');
  const { mode } = statSync(sandbox.root);
  t.equal(mode & 0o777, 0o710, 'only the containers may pass through the store');
  t.equal(statSync(join(sandbox.root, 'blobs')).mode & 0o777, 0o700);
});

t.test('every storage driver serves root', async (t) => {
  for (const driver of ['overlay', 'fuse-overlayfs', 'vfs']) {
    const run = `"$@" --storage-driver ${driver} run --rm --network none -v v:/v hello`;
    const { code, stdout, stderr } = rootScript(`${run} sh -c "echo ok > /v/f; cat /v/f"`);
    t.same([code, stdout, stderr], [0, 'ok\n', ''], driver);
  }
});

t.test('a home directory that is closed to others may hold the program', async (t) => {
  const dist = join(productDirectory(), 'dist');
  const home = sandbox.makeDirectory('home');
  const { code, stdout, stderr } = rootScript(`
    cp -a ${dist}/bryo* ${dist}/hello ${home}
    chmod 700 ${home}
    ${home}/bryo ${sandbox.flags.join(' ')} run --rm hello echo ran
    rm -r ${home}/*`);
  t.same([code, stdout, stderr], [0, 'ran\n', '']);
});

t.test('a container of root lives on, and goes', async (t) => {
  const { code, stdout, stderr } = rootScript(`
    "$@" run -d --name c --network none hello sleep 100 > /dev/null
    "$@" exec c id -u
    "$@" rm --force c
    "$@" ps -aq`);
  t.same([code, stdout, stderr], [0, '0\nc\n', '']);
});

t.test('nothing is left behind', async (t) => {
  spawnSync('rm', ['-rf', join(sandbox.root, 'volumes')]);
  t.same(sandbox.close(), []);
});
