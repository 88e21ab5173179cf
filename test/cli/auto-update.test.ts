import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const label = 'io.containers.autoupdate';

/** A container as a service starts it. */
function start(name: string, image: string, unit: string | null, policy: string): void {
  const flags = [
    'run',
    '-d',
    '--name',
    name,
    '--label',
    `${label}=${policy}`,
    image,
    'sleep',
    '100',
  ];
  const env: Record<string, string> = unit === null ? {} : { PODMAN_SYSTEMD_UNIT: unit };
  const { code, stderr } = sandbox.run(flags, { env });
  if (code !== 0) throw new Error(stderr);
}

t.test('the unit that runs a container is one of its labels', async (t) => {
  start('a', 'hello', 'a.service', 'local');
  const shown = sandbox.ok('inspect', '--format', '{{.Config.Labels.PODMAN_SYSTEMD_UNIT}}', 'a');
  t.equal(shown, 'a.service\n');
});

t.test('a dry run tells what is out of date', async (t) => {
  const format = ['--format', '{{.Unit}} {{.ContainerName}} {{.Policy}} {{.Updated}}'];
  t.equal(sandbox.ok('auto-update', '--dry-run', ...format), 'a.service a local false\n');
  sandbox.ok('commit', '--quiet', 'a', 'localhost/other');
  sandbox.ok('tag', 'localhost/other', 'localhost/hello:latest');
  t.equal(sandbox.ok('auto-update', '--dry-run', ...format), 'a.service a local pending\n');
  t.match(sandbox.ok('auto-update', '--dry-run'), /^UNIT +CONTAINER +IMAGE +POLICY +UPDATED\n/);
  const [row] = JSON.parse(sandbox.ok('auto-update', '--dry-run', '--format', 'json'));
  t.match(row, { Unit: 'a.service', Policy: 'local', Updated: 'pending' });
});

t.test('what cannot be updated is told, and the rest is looked at', async (t) => {
  start('b', 'localhost/other', null, 'local');
  start('c', 'localhost/other', 'c.service', 'weekly');
  start('d', 'localhost/other', 'd.service', 'disabled');
  const { code, stdout, stderr } = sandbox.run([
    'auto-update',
    '--dry-run',
    '--format',
    '{{.ContainerName}}',
  ]);
  t.equal(code, 125);
  t.equal(stdout, 'a\n');
  t.match(stderr, /container b is run by no unit of systemd/);
  t.match(stderr, /invalid auto-update policy "weekly" of container c/);
});

t.test('nothing is left behind', async (t) => {
  sandbox.run(['rm', '-fa', '-t', '0']);
  t.same(sandbox.close(), []);
});
