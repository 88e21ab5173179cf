import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { makeLookedAt, removeLookedAt } from '../support/looked-at.ts';
import { projectDir } from '../support/product.ts';

const sandbox = new Sandbox();

/** Paths of what podman 4.3.1 prints, with the type of each. */
interface Fields {
  container: Record<string, string>;
  image: Record<string, string>;
}

const fields = JSON.parse(
  readFileSync(join(projectDir, 'test', 'data', 'podman-inspect.json'), 'utf8'),
) as Fields;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}

function at(object: unknown, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], object);
}

/** What differs from podman's: a field that is not there, or has another type. */
function differences(object: unknown, expected: Record<string, string>): string[] {
  return Object.entries(expected).flatMap(([path, wanted]) => {
    const type = typeOf(at(object, path));
    // An empty list or map may be null, and this store has another driver.
    const fits =
      type === wanted ||
      (wanted === 'map' && (type === 'object' || type === 'null')) ||
      (wanted === 'list' && type === 'null') ||
      (wanted === 'null' && (type === 'list' || type === 'object'));
    return fits ? [] : [`${path}: ${type}, not ${wanted}`];
  });
}

makeLookedAt(sandbox);

function inspect(format: string, ...names: string[]): string {
  return sandbox.ok('inspect', '-f', format, ...names);
}

t.test('inspect has the fields of podman, with their types', async (t) => {
  for (const name of ['web', 'made']) {
    const [container] = JSON.parse(sandbox.ok('container', 'inspect', name)) as unknown[];
    t.same(differences(container, fields.container), [], name);
  }
  const [image] = JSON.parse(sandbox.ok('image', 'inspect', 'hello')) as unknown[];
  t.same(differences(image, fields.image), []);
});

t.test('what scripts ask of inspect', async (t) => {
  t.equal(inspect('{{.State.Running}} {{.Config.StopSignal}}', 'web'), 'true 2\n');
  t.equal(inspect('{{.HostConfig.RestartPolicy.Name}}', 'web', 'made'), 'on-failure\nno\n');
  t.equal(
    inspect('{{range .Mounts}}{{.Type}}:{{.Name}}:{{.Dst}}:{{.RW}}{{end}}', 'web'),
    'volume:data:/data:false\n',
  );
  t.equal(
    inspect('{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}', 'made'),
    '8080\n',
  );
  t.equal(inspect('{{index .Config.Labels "a"}}{{.Config.Labels.nope}}', 'web'), 'b<no value>\n');
  t.equal(inspect('{{if .Config.Healthcheck}}{{.State.Health.Status}}{{end}}', 'web'), '\n');
  const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}';
  t.match(inspect(networks, 'web'), /^(slirp4netns|pasta|none|host)\n$/);
  t.match(inspect('{{.Created}}', 'web'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC\n$/);
  t.equal(inspect('{{.State.FinishedAt}}', 'made'), '0001-01-01 00:00:00 +0000 UTC\n');
  t.match(inspect('{{.ID}} {{json .Args}}', 'made'), /^[0-9a-f]{64} \["a b","c+"\]\n$/);
  t.match(inspect('{{join .Config.CreateCommand " "}}', 'made'), /^bryo .*create --name made/);
  t.equal(sandbox.ok('inspect', '-l', '-f', '{{.Name}}'), 'made\n');
  t.equal(inspect('{{.Mountpoint}}', 'data'), `${sandbox.root}/volumes/data/_data\n`);
  t.equal(sandbox.ok('inspect', '-t', 'image', '-f', '{{.Os}}', 'hello'), 'linux\n');
});

t.test('templates of inspect print what is empty and durations as Go does', async (t) => {
  const check = ['--health-cmd', 'true', '--health-interval', '90s', '--health-timeout', '1500ms'];
  sandbox.ok('create', '--name', 'go', '--network', 'none', ...check, 'hello');
  t.equal(
    inspect('{{.HostConfig.VolumesFrom}}{{.HostConfig.Links}}{{.HostConfig.CgroupConf}}', 'go'),
    '[][]map[]\n',
  );
  t.equal(inspect('{{json .Config.Volumes}} {{.Config.Volumes}}', 'go'), 'null map[]\n');
  t.equal(
    inspect('{{.HostConfig.LogConfig.Config}}{{len .HostConfig.LogConfig.Config}}', 'go'),
    'map[]0\n',
  );
  const field = '.Config.Healthcheck';
  t.equal(
    inspect(`{{${field}.Interval}} {{${field}.Timeout}} {{json ${field}.Interval}}`, 'go'),
    '1m30s 1.5s 90000000000\n',
  );
  t.equal(
    inspect(`{{gt ${field}.Interval ${field}.Timeout}}{{${field}.Timeout.Seconds}}`, 'go'),
    'true1.5\n',
  );
  t.equal(inspect(`{{if ${field}.StartPeriod}}some{{else}}none{{end}}`, 'go'), 'none\n');
  const [all] = JSON.parse(sandbox.ok('inspect', 'go'));
  t.equal(all.Config.Healthcheck.Interval, 90_000_000_000);
  sandbox.ok('rm', 'go');
});

t.test('what a container is, said before it has started', async (t) => {
  const format =
    '{{.Config.Hostname}} {{.Config.User}} {{.EffectiveCaps}} {{.HostConfig.IDMappings}}';
  sandbox.ok(
    'create',
    '--name',
    'kept',
    '--network',
    'none',
    '--userns',
    'keep-id:uid=7,gid=8',
    'hello',
  );
  t.match(
    inspect(format, 'kept'),
    /^[0-9a-f]{12} 7:8 \[\] \{\[0:1:7 7:0:1 8:8:\d+\] \[0:1:8 8:0:1 9:9:\d+\]\}\n$/,
  );
  sandbox.ok('create', '--name', 'on-host', '--network', 'host', 'hello');
  t.equal(inspect('{{.Config.Hostname}}{{.Config.User}}', 'on-host'), `${hostname()}\n`);
  sandbox.ok(
    'create',
    '--name',
    'json',
    '--log-driver',
    'json-file',
    '--log-opt',
    'max-size=10kb',
    'hello',
  );
  t.equal(
    inspect('{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Size}}', 'json'),
    'json-file 10kB\n',
  );
  t.equal(sandbox.ok('start', '-a', 'json'), sandbox.ok('logs', 'json'));
  sandbox.ok('rm', 'kept', 'on-host', 'json');
});

t.test('what cannot be inspected', async (t) => {
  const cases: [string[], string][] = [
    [['inspect', 'nope'], 'no such object: "nope"'],
    [['container', 'inspect', 'hello'], 'no such container hello'],
    [['image', 'inspect', 'web'], 'web: image not known'],
    [['volume', 'inspect', 'nope'], 'no such volume nope'],
    [['inspect', '--type', 'volume', 'A:'], 'no such volume A:'],
  ];
  for (const [args, message] of cases) {
    t.match(sandbox.run(args), { code: 125, stdout: '[]\n', stderr: `Error: ${message}\n` });
  }
  const partly = sandbox.run(['inspect', '-f', '{{.Name}}', 'web', 'nope']);
  t.match(partly, { code: 125, stdout: 'web\n', stderr: 'Error: no such object: "nope"\n' });
  t.match(sandbox.run(['inspect', '-f', '{{.Nope}}', 'web']), { code: 125, stderr: /Nope/ });
  t.match(sandbox.run(['inspect', '--type', 'x', 'web']), {
    code: 125,
    stderr: /invalid type "x"/,
  });
  t.match(sandbox.run(['inspect']), { code: 125, stderr: /at least one name/ });
});

t.test('descriptors of top', async (t) => {
  const [heading = '', line = ''] = sandbox
    .ok('top', 'web', 'capamb,capinh,capprm,capbnd,capeff,hgroups,stime')
    .split('\n')
    .map((text) => text.replace(/ {2,}/g, '|'));
  t.equal(
    heading,
    'AMBIENT CAPS|INHERITED CAPS|PERMITTED CAPS|BOUNDING CAPS|EFFECTIVE CAPS|HGROUPS|STIME',
  );
  const usual =
    'CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,NET_BIND_SERVICE,SETFCAP,SETGID,SETPCAP,SETUID,SYS_CHROOT';
  t.match(line, `none|none|none|${usual}|none|`);
  t.match(line, /\|20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/);
  t.match(sandbox.ok('top', 'web', 'label'), /^LABEL\n\S/);
});

t.test('nothing is left behind', async (t) => {
  removeLookedAt(sandbox);
  t.same(sandbox.close(), []);
});
