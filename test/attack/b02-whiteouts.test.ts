// B2: go-archive's own tests. Whiteouts of what is outside, and overlay's marks as attributes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pax, tar } from '../native/tar.ts';
import { requirePrograms } from '../support/requirements.ts';
import { Attack } from './support.ts';

const lower = tar(
  { path: 'd/', type: '5', mode: 0o755 },
  { path: 'd/a', content: 'a\n' },
  { path: 'd/b', content: 'b\n' },
);

t.test('marks that a layer sets itself', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  for (const name of ['.wh...', '.wh..', '.wh.', '../.wh.victim', 'd/../../.wh.victim'])
    sandbox.run(['load', '-q', '-i', attack.archive('marks', [lower, tar({ path: name })])]);
  const link = { path: 'out', type: '2', link: `../../../../../../../..${victim}` };
  const through = tar(link, { path: 'out/.wh.canary' });
  sandbox.run(['load', '-q', '-i', attack.archive('through', [lower, through])]);
  t.equal(attack.damage(), '');
  const forged = tar(
    pax({
      'SCHILY.xattr.user.overlay.opaque': 'y',
      'SCHILY.xattr.user.overlay.redirect': victim,
      'SCHILY.xattr.trusted.overlay.opaque': 'y',
    }),
    { path: 'd/', type: '5', mode: 0o755 },
  );
  const layers = [attack.baseLayer(), lower, forged];
  sandbox.ok('load', '-q', '-i', attack.archive('forged', layers));
  t.equal(attack.run('example.com/forged:1', 'cat', '/d/a', '/d/b').stdout, 'a\nb\n');
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});

const listAttributes = `
import os, sys
found = set()
for top, directories, files in os.walk(sys.argv[1]):
    for path in [top] + [os.path.join(top, name) for name in files]:
        found.update(os.listxattr(path, follow_symlinks=False))
print("\\n".join(sorted(found)))
`;

/** What storage writes beside files, and would believe. */
const storageMarks = {
  'SCHILY.xattr.user.fuseoverlayfs.opaque': 'y',
  'SCHILY.xattr.user.fuseoverlayfs.redirect': '/',
  'SCHILY.xattr.user.fuseoverlayfs.origin': '/',
  'SCHILY.xattr.user.overlay.opaque': 'y',
  'SCHILY.xattr.user.overlay.origin': '',
  'SCHILY.xattr.user.containers.override_stat': '0:0:04755',
  'SCHILY.xattr.security.containers.override_stat': '0:0:04755',
  'SCHILY.xattr.user.honest': 'kept',
};

t.test('marks of storage drivers, in whatever they come', async (t) => {
  requirePrograms('fuse-overlayfs', 'python3');
  const attack = new Attack();
  const { sandbox } = attack;
  const forged = tar(pax(storageMarks), { path: 'd/', type: '5', mode: 0o755 }, pax(storageMarks), {
    path: 'd/c',
    mode: 0o644,
    content: 'c\n',
  });
  const plain = sandbox.makeDirectory('plain');
  writeFileSync(join(plain, 'forged.tar'), forged);
  /** Names of the attributes that files of the store have below a directory, as they really are. */
  const attributes = (where: string): string[] => {
    const args = ['python3', '-I', '-c', listAttributes, join(sandbox.root, where)];
    return sandbox
      .ok('unshare', ...args)
      .split('\n')
      .filter((name) => name !== '');
  };
  const layers = [attack.baseLayer(), lower, forged];
  sandbox.ok('load', '-q', '-i', attack.archive('forged', layers));
  for (const driver of ['overlay', 'fuse-overlayfs', 'vfs']) {
    const run = ['--storage-driver', driver, 'run', '--rm', '--network', 'none'];
    const script = 'cat /d/a /d/b /d/c; stat -c %a /d/c';
    t.equal(
      sandbox.ok(...run, 'example.com/forged:1', 'sh', '-c', script),
      'a\nb\nc\n644\n',
      driver,
    );
  }
  t.same(attributes('layers'), ['user.honest'], 'of a layer');
  sandbox.ok('import', '-q', join(plain, 'forged.tar'), 'imported');
  t.same(attributes('layers'), ['user.honest'], 'of import');
  sandbox.ok('volume', 'create', 'v');
  sandbox.ok('volume', 'import', 'v', join(plain, 'forged.tar'));
  t.same(attributes('volumes'), ['user.honest'], 'of volume import');
  sandbox.ok('create', '--name', 'c', '--network', 'none', 'example.com/forged:1', 'true');
  const copied = sandbox.run(['cp', '-', 'c:/'], { input: forged.toString('latin1') });
  t.match(copied, { code: 0, stderr: '' });
  t.same(
    attributes('containers').filter((name) => !name.startsWith('user.overlay')),
    ['user.honest'],
  );
  attack.run('-v', 'v:/v', 'example.com/forged:1', 'true');
  sandbox.ok('commit', '-q', 'c', 'committed');
  t.same(attributes('layers'), ['user.honest'], 'of commit');
  t.equal(attack.run('committed', 'cat', '/d/a', '/d/b', '/d/c').stdout, 'a\nb\nc\n');
  t.equal(attack.damage(), '');
  sandbox.ok('rm', 'c');
  t.same(attack.close(), []);
});

t.test('honest whiteouts hide what is below', async (t) => {
  const attack = new Attack();
  const one = tar({ path: 'd/.wh.a' });
  const all = tar({ path: 'd/', type: '5', mode: 0o755 }, { path: 'd/.wh..wh..opq' });
  const base = attack.baseLayer();
  attack.sandbox.ok('load', '-q', '-i', attack.archive('one', [base, lower, one]));
  attack.sandbox.ok('load', '-q', '-i', attack.archive('all', [base, lower, all]));
  t.equal(attack.run('example.com/one:1', 'ls', '/d').stdout, 'b\n');
  t.equal(attack.run('example.com/all:1', 'ls', '/d').stdout, '');
  t.same(attack.close(), []);
});
