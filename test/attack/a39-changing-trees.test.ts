/**
 * A39: own finding. While files arrive in a tree that a container has, too, it puts links to the host's
 * files in their place: what is said of those (modes, owners, times, attributes) must stay.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pax, type TarEntry, tar } from '../native/tar.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';
import { swapper } from './changing-tree.ts';
import { Attack } from './support.ts';

requirePrograms('gcc', 'python3');

const rounds = 4;
const count = 800;

/** All that can be said of a file and a directory of the host's. */
class Bystanders {
  readonly directory: string;
  readonly file: string;
  readonly #before: string;

  constructor(attack: Attack) {
    const { uid, gid } = testUser();
    this.directory = attack.sandbox.makeDirectory('bystanders');
    this.file = join(this.directory, 'key');
    writeFileSync(this.file, 'secret\n');
    chownSync(this.file, uid, gid);
    chmodSync(this.file, 0o600);
    for (const path of [this.file, this.directory]) utimesSync(path, 1, 1);
    this.#before = this.#look();
  }

  #look(): string {
    const program = `import os, sys
for path in sys.argv[1:]:
    s = os.stat(path)
    print(path, oct(s.st_mode), s.st_uid, s.st_gid, s.st_nlink, s.st_mtime_ns, os.listxattr(path))
print(os.listdir(sys.argv[2]), open(sys.argv[1]).read())`;
    const argv = ['-c', program, this.file, this.directory];
    return execFileSync('python3', argv, { encoding: 'utf8' });
  }

  damage(): string {
    const now = this.#look();
    return now === this.#before ? '' : `${now} instead of ${this.#before}`;
  }
}

const kinds: Record<string, (path: string) => TarEntry[]> = {
  pipes: (path) => [{ path, type: '6', mode: 0o666 }],
  links: (path) => [{ path, type: '2', link: 'x' }],
  directories: (path) => [{ path: `${path}/`, type: '5', mode: 0o777 }],
  files: (path) => [
    pax({ path, 'SCHILY.xattr.user.kept': 'v' }),
    { path: 'x', mode: 0o666, content: 'from outside' },
  ],
};

/** An archive of so many entries of a kind, p0, p1, …, which belong to somebody else. */
function archive(kind: string): Buffer {
  const paths = Array.from({ length: count }, (_, index) => `p${index}`);
  const entries = paths.flatMap((path) => kinds[kind]?.(path) ?? []);
  return tar(...entries.map((entry) => ({ ...entry, uid: 7, gid: 7, mtime: 1_000_000 })));
}

for (const kind of Object.keys(kinds)) {
  t.test(`${kind} that arrive in a container and in its volume`, async (t) => {
    const attack = new Attack();
    const { sandbox } = attack;
    const bystanders = new Bystanders(attack);
    const victim = kind === 'directories' ? bystanders.directory : bystanders.file;
    const image = attack.image('swapping', [attack.probe('swapper', swapper)]);
    const words = ['run', '-d', '--network', 'none', '-v', 'v:/v'];
    for (const place of ['/w', '/v']) {
      const script = `mkdir -p /w; exec swapper ${place} ${victim} ${count}`;
      sandbox.ok(...words, '--name', `c${place.slice(1)}`, image, 'sh', '-c', script);
    }
    const path = join(sandbox.directory, 'sent.tar');
    writeFileSync(path, archive(kind));
    const [program = '', ...rest] = sandbox.argv(['cp', '-', 'cw:/w']);
    for (let round = 0; round < rounds && bystanders.damage() === ''; round += 1) {
      // What comes of each is the container's own affair.
      spawnSync(program, rest, { input: archive(kind) });
      sandbox.run(['volume', 'import', 'v', path]);
    }
    t.equal(bystanders.damage(), '');
    sandbox.ok('rm', '-f', '-t', '0', 'cw', 'cv');
    sandbox.run(['volume', 'rm', 'v']);
    t.same(attack.close(), []);
  });
}

t.test('what is copied to a directory of the host that a container has, too', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const bystanders = new Bystanders(attack);
  const shared = sandbox.makeDirectory('shared');
  const image = attack.image('swapping', [attack.probe('swapper', swapper)]);
  const run = ['run', '-d', '--network', 'none'];
  sandbox.ok(...run, '--name', 'from', image, 'sleep', '1000');
  const [program = '', ...rest] = sandbox.argv(['cp', '-', 'from:/tmp']);
  sandbox.ok('exec', 'from', 'mkdir', '-p', '/tmp');
  spawnSync(program, rest, { input: archive('pipes') });
  const swap = ['swapper', '/s', bystanders.file, String(count)];
  sandbox.ok(...run, '--name', 'to', '-v', `${shared}:/s`, image, ...swap);
  for (let round = 0; round < rounds && bystanders.damage() === ''; round += 1) {
    sandbox.run(['cp', 'from:/tmp/.', shared]);
  }
  t.equal(bystanders.damage(), '');
  sandbox.ok('rm', '-f', '-t', '0', 'from', 'to');
  t.same(attack.close(), []);
});
