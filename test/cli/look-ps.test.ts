import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { makeLookedAt, removeLookedAt } from '../support/looked-at.ts';

const sandbox = new Sandbox();
makeLookedAt(sandbox);

function names(...filters: string[]): string {
  const flags = filters.flatMap((filter) => ['--filter', filter]);
  return sandbox
    .ok('ps', '-a', '--format', '{{.Names}}', ...flags)
    .trim()
    .replaceAll('\n', ' ');
}

t.test('filters of ps', async (t) => {
  const expected: Record<string, string> = {
    'name=^w': 'web',
    'name=e': 'web made',
    'label=a': 'web',
    'label=a=c': '',
    'label!=a': 'made',
    'status=running': 'web',
    'status=created': 'made',
    'status=configured': 'made',
    'status=initialized': '',
    'exited=0': '',
    'ancestor=hello': 'web made',
    'ancestor=localhost/hello:latest': 'web made',
    'ancestor=ell': '',
    'before=made': 'web',
    'since=web': 'made',
    'volume=data': 'web',
    'volume=/t': 'web',
    'network=none': 'web',
    'restart-policy=on-failure': 'web',
    'until=1h': '',
  };
  for (const [filter, wanted] of Object.entries(expected)) t.equal(names(filter), wanted, filter);
  t.equal(names('name=web', 'name=made'), 'web made');
  t.equal(names('label=a=b', 'status=created'), '');
  for (const bad of ['nope=1', 'status=nope', 'name=(', 'before=nope', 'exited=x', 'name']) {
    t.match(sandbox.run(['ps', '--filter', bad]), { code: 125, stderr: /^Error: [^\n]+\n$/ }, bad);
  }
  sandbox.ok('create', '--name', 'ready', '--network', 'none', 'hello');
  sandbox.ok('init', 'ready');
  t.equal(names('status=initialized'), 'ready');
  t.equal(names('status=created'), 'made');
  sandbox.ok('rm', '-f', '-t', '0', 'ready');
});

t.test('columns, order and templates of ps', async (t) => {
  t.match(
    sandbox.ok('ps', '-a'),
    /^CONTAINER ID {2}IMAGE {19}COMMAND {15}CREATED +STATUS +PORTS +NAMES\n\w{12} {2}localhost\/hello:latest {2}sleep 1000 .* web\n.* echo a b cccccccc\.\.\. .* Created .* made\n$/,
  );
  t.match(
    sandbox.ok('ps', '--ns'),
    /^CONTAINER ID {2}NAMES +PID +CGROUPNS .*UTS\n.* web +\d+ +\d+ /,
  );
  t.equal(sandbox.ok('ps', '-a', '--sort', 'command', '--format', '{{.Names}}'), 'made\nweb\n');
  t.equal(sandbox.ok('ps', '-n', '1', '--format', '{{.Names}} {{.State}}'), 'made created\n');
  t.equal(sandbox.ok('ps', '-ql').length, 13);
  t.equal(
    sandbox.ok(
      'ps',
      '--format',
      'table {{.Names}} {{.Mounts}} {{.Labels.a}}',
      '--sync',
      '--external',
    ),
    'NAMES       MOUNTS      A\nweb         [/data /t]  b\n',
  );
  sandbox.ok('create', '--name', 'entered', '--entrypoint', '["sleep","9"]', 'hello', '8');
  const command = ['ps', '-a', '--filter', 'name=entered', '--format', '{{.Command}}'];
  t.equal(sandbox.ok(...command), '8\n', 'as with podman the entrypoint is no part of it');
  sandbox.ok('rm', 'entered');
  const [row] = JSON.parse(sandbox.ok('ps', '--format', '{{json .}}')) as Record<string, unknown>[];
  t.match(row, {
    Command: ['sleep', '1000'],
    Names: ['web'],
    Exited: false,
    ExitedAt: -62135596800,
    State: 'running',
    Mounts: ['/data', '/t'],
    Ports: null,
  });
  for (const args of [
    ['--sort', 'x'],
    ['-q', '--format', 'x'],
    ['-l', '-n', '1'],
    ['-w', '0'],
  ]) {
    t.match(
      sandbox.run(['ps', ...args]),
      { code: 125, stderr: /^Error: [^\n]+\n$/ },
      args.join(' '),
    );
  }
});

t.test(
  'a filter that does not exist is an error where there is nothing to filter, too',
  async (t) => {
    const empty = new Sandbox();
    const listings = [['ps'], ['images'], ['volume', 'ls'], ['pod', 'ps'], ['secret', 'ls']];
    const prunes = [['container'], ['image'], ['volume'], ['system']].map(([noun = '']) => [
      noun,
      'prune',
      '-f',
    ]);
    for (const argv of [...listings, ...prunes]) {
      for (const [filter, stderr] of [
        ['nope=1', /^Error: [^\n]*invalid (image |volume )?filter[^\n]*\n$/],
        ['label', /^Error: [^\n]*(invalid (image )?filter|is invalid)[^\n]*\n$/],
      ] as const) {
        const result = empty.run([...argv, '--filter', filter]);
        t.match(result, { code: 125, stdout: '', stderr }, [...argv, filter].join(' '));
      }
    }
    t.match(empty.run(['pod', 'ps', '--filter', 'status=nope']), {
      code: 125,
      stderr: /"nope" is not a valid pod status/,
    });
    t.same(empty.close(), []);
  },
);

t.test('nothing is left behind', async (t) => {
  removeLookedAt(sandbox);
  t.same(sandbox.close(), []);
});
