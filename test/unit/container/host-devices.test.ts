// Device nodes are found by what they are, not by what their directory says of them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const moduleOf = (name: string): string =>
  fileURLToPath(new URL(`../../../src/container/spec/${name}.js`, import.meta.url));

t.test('nodes that are bound over files, as in containers', async (t) => {
  const directory = t.testdir({ file: '', node: '', deeper: { node: '' } });
  const script = `
    const { hostDevices } = await import(${JSON.stringify(moduleOf('host-devices'))});
    const { expandDevice } = await import(${JSON.stringify(moduleOf('devices'))});
    const directory = process.argv[1];
    const asked = { source: directory, target: '/dev/x', permissions: 'r' };
    console.log(JSON.stringify([hostDevices(directory), expandDevice(asked)]));`;
  const { stdout, stderr } = spawnSync(
    'unshare',
    [
      ...['--map-root-user', '--mount', 'sh', '-ec'],
      'cd "$1"; mount --bind /dev/null node; mount --bind /dev/zero deeper/node; ln -s node link; shift; exec "$@"',
      ...['sh', directory, process.execPath, '--input-type=module', '-e', script, directory],
    ],
    { encoding: 'utf8' },
  );
  t.equal(stderr, '');
  const found = (at: string, permissions: string) =>
    ['deeper/node', 'node'].map((name) => ({
      source: `${directory}/${name}`,
      target: `${at}/${name}`,
      permissions,
    }));
  const sorted = (JSON.parse(stdout) as { source: string }[][]).map((list) =>
    list.toSorted((a, b) => a.source.localeCompare(b.source)),
  );
  t.strictSame(sorted, [found(directory, 'rwm'), found('/dev/x', 'r')]);
});
