import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { defaultMounts } from '../../../src/config/mounts-conf.ts';
import type { ConfigPlaces } from '../../../src/config/places.ts';
import { loadStorageConf, noStorageConf } from '../../../src/config/storage-conf.ts';

/** A machine with a file of this name in /usr/share, /etc or the caller's home. */
function machine(t: Test, name: string, texts: Record<string, string>): Required<ConfigPlaces> {
  const root = t.testdir({});
  const at = { share: 'share', etc: 'etc', home: 'home/.config' };
  for (const [place, directory] of Object.entries(at)) {
    const containers = join(root, directory, 'containers');
    mkdirSync(containers, { recursive: true });
    const text = texts[place];
    if (text !== undefined) writeFileSync(join(containers, name), text);
  }
  const [share, etc, home] = ['share', 'etc', 'home'].map((part) => join(root, part));
  const env = { USER: 'me' };
  return { env, home: home ?? '', uid: 1000, share: share ?? '', etc: etc ?? '' };
}

const storage = (text: string): string => `[storage]\ndriver = "overlay"\n${text}`;

t.test('places of storage.conf', async (t) => {
  const load = (texts: Record<string, string>, uid = 1000) =>
    loadStorageConf({ ...machine(t, 'storage.conf', texts), uid });
  t.same(await load({}), noStorageConf);
  const places = storage('graphroot = "/g/$USER"\nrunroot = "/r/$UID"\n');
  t.match(await load({ home: places }), { root: '/g/me/bryo', runroot: '/r/1000/bryo' });
  t.match(
    await load({ etc: places }),
    { root: null, runroot: null },
    "root's are not the caller's",
  );
  t.match(await load({ etc: places }, 0), { root: '/g/me/bryo', runroot: '/r/0/bryo' });
  const rootless = storage('graphroot = "/g"\nrootless_storage_path = "/u/$UID"\n');
  t.match(await load({ etc: rootless }), { root: '/u/1000/bryo', runroot: null });
  t.match(await load({ etc: rootless }, 0), { root: '/g/bryo' });
  t.match(await load({ etc: rootless, home: storage('') }), { root: null }, 'one file counts');
  const shipped = storage('graphroot = "/var/lib/containers/storage"\n');
  t.match(await load({ share: shipped }, 0), { root: null }, "podman's usual places say nothing");
});

t.test('how layers are put together, and other stores', async (t) => {
  const load = (text: string) => loadStorageConf(machine(t, 'storage.conf', { home: text }));
  t.match(await load(storage('')), { driver: null, mountProgram: null, imageStores: [] });
  const program = '[storage.options.overlay]\nmount_program = "/usr/bin/fuse-overlayfs"\n';
  t.match(await load(storage(program)), {
    driver: 'fuse-overlayfs',
    mountProgram: '/usr/bin/fuse-overlayfs',
  });
  t.match(await load('[storage]\ndriver = "vfs"\n'), { driver: 'vfs' });
  t.match(await load('[storage]\ndriver = "btrfs"\n'), { driver: null });
  const stores = '[storage.options]\nadditionalimagestores = ["/s", "/t"]\n';
  t.same((await load(storage(stores))).imageStores, ['/s', '/t']);
  const message = /storage\.conf: line 2: /;
  await t.rejects(load('[storage]\ndriver\n'), { code: 'bad-storage-conf', message });
  await t.rejects(load('[storage]\ngraphroot = 1\n'), { message: /graphroot is not a text$/ });
  const env = { CONTAINERS_STORAGE_CONF: '/no/file' };
  const missing = loadStorageConf({ ...machine(t, 'storage.conf', {}), env });
  await t.rejects(missing, { message: /CONTAINERS_STORAGE_CONF/ });
});

t.test('mounts of every container', async (t) => {
  const mounts = (texts: Record<string, string>, uid = 1000) =>
    defaultMounts({ ...machine(t, 'mounts.conf', texts), uid });
  t.same(mounts({}), []);
  const texts = { share: '/usr:/shipped', etc: '/usr:/local', home: '/usr:/own' };
  t.same(mounts(texts), ['/usr:/own'], 'one file counts');
  t.same(mounts(texts, 0), ['/usr:/local'], 'root has none of its own');
  t.same(mounts({ share: '# note\n\n/usr\n /etc:/x\n/absent:/y\nno path\n' }), [
    '/usr:/usr',
    '/etc:/x',
  ]);
  const places = machine(t, 'mounts.conf', texts);
  const local = join(places.etc, 'containers', 'mounts.conf');
  t.same(defaultMounts(places, local), ['/usr:/local'], 'one of the command line stands for all');
  t.same(defaultMounts(places, `${local}.absent`), []);
});
