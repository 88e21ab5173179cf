import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { findUnits, hasUnits, searchDirectories } from '../../../src/quadlet/discover.ts';

function tree(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-units-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

t.test('the usual directories', async (t) => {
  const env = { XDG_RUNTIME_DIR: '/run/user/7', XDG_CONFIG_HOME: '/c' };
  t.same(searchDirectories({ uid: 7, home: '/h', env }), [
    '/run/user/7/containers/systemd',
    '/c/containers/systemd',
    '/etc/containers/systemd/users/7',
    '/etc/containers/systemd/users',
    '/usr/share/containers/systemd/users/7',
    '/usr/share/containers/systemd/users',
  ]);
  t.same(searchDirectories({ uid: 7, home: '/h', env: {} })[0], '/h/.config/containers/systemd');
  const override = { QUADLET_UNIT_DIRS: '/a:relative:/b' };
  t.same(searchDirectories({ uid: 7, home: '/h', env: override }), ['/a', '/b']);
});

t.test('files, folders and links; the first of a name counts', async (t) => {
  const first = tree({
    'a.container': '[Container]\nImage=first\n',
    'sub/b.volume': '[Volume]\n',
    'notes.txt': '',
  });
  const second = tree({
    'a.container': '[Container]\nImage=second\n',
    't@.container': '[Container]\nImage=t\n',
  });
  symlinkSync('t@.container', join(second, 't@blue.container'));
  const units = findUnits([first, second]);
  t.same(
    units.map(({ fileName }) => fileName),
    ['a.container', 'b.volume', 't@.container', 't@blue.container'],
  );
  t.equal(units[0]?.unit.last('Container', 'Image')?.value, 'first');
  t.equal(units[3]?.name.instance, 'blue');
  t.equal(hasUnits([first]), true);
  t.equal(hasUnits(['/nonexistent']), false);
});

t.test('numbered directories below users are of others', async (t) => {
  const top = tree({
    'users/1/mine.container': '',
    'users/2/hers.container': '',
    'users/all.container': '',
  });
  const units = findUnits([join(top, 'users/1'), join(top, 'users')]);
  t.same(units.map(({ fileName }) => fileName).sort(), ['all.container', 'mine.container']);
});

t.test('drop-ins: general before special, by name, and the more special hides', async (t) => {
  const directory = tree({
    'web-a.container': '[Container]\nImage=main\nVolume=0\n',
    'container.d/10-all.conf': '[Container]\nVolume=all\n',
    'container.d/20-same.conf': '[Container]\nVolume=hidden\n',
    'web-.container.d/15-web.conf': '[Container]\nVolume=web\n',
    'web-a.container.d/20-same.conf': '[Container]\nVolume=own\n',
    'web-a.container.d/notes': 'not read',
  });
  const [unit] = findUnits([directory]);
  const volumes = unit?.unit.all('Container', 'Volume').map(({ value }) => value);
  t.same(volumes, ['0', 'all', 'web', 'own']);
});

t.test('a template has its drop-ins, an instance also those of its own', async (t) => {
  const directory = tree({
    't@.container': '[Container]\nImage=t\n',
    't@x.container': '[Container]\nImage=t\n',
    't@.container.d/1.conf': '[Container]\nVolume=template\n',
    't@x.container.d/2.conf': '[Container]\nVolume=instance\n',
  });
  const [template, instance] = findUnits([directory]);
  const volumes = (unit: typeof template) =>
    unit?.unit.all('Container', 'Volume').map(({ value }) => value);
  t.same(volumes(template), ['template']);
  t.same(volumes(instance), ['template', 'instance']);
});
