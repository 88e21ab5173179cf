import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

function generate(...args: string[]): string {
  return sandbox.ok('generate', 'systemd', '--no-header', ...args);
}

t.test('a service for a container that is there', async (t) => {
  const id = sandbox
    .ok('create', '--name', 'w', '--stop-timeout', '7', 'hello', 'sleep', '9')
    .trim();
  const text = generate(
    '--name',
    '-e',
    'A=b c',
    '--after',
    'x.service',
    '--wants',
    'y.service',
    'w',
  );
  t.match(text, /^\[Unit\]\nDescription=bryo container-w\.service$/m);
  t.match(text, /^Wants=y\.service\nAfter=x\.service$/m);
  t.match(
    text,
    /^Environment="A=b c"\nRestart=on-failure\nTimeoutStopSec=67\nSuccessExitStatus=143$/m,
  );
  t.match(
    text,
    /^Type=notify\nNotifyAccess=all\nDelegate=yes\nKillMode=mixed\nExecStart=\S+ --root=\S+ .*start --cgroups=split --sdnotify=conmon w\nExecStop=\S+ --root=\S+ .*stop --ignore --time 7 w\n$/m,
  );
  t.match(generate('w'), new RegExp(`start --cgroups=split --sdnotify=conmon ${id}$`, 'm'));
  t.match(
    sandbox.ok('generate', 'systemd', 'w'),
    new RegExp(`^# container-${id}.service\n# Made by`),
  );
});

t.test('a service that makes it anew', async (t) => {
  const flags = ['-e', 'X=1 2', '--restart=always'];
  sandbox.ok('create', '--name', 'n', ...flags, 'hello', 'echo', 'a b', '-d');
  const text = generate('--new', '--name', '--restart-policy', 'always', '--restart-sec', '3', 'n');
  t.match(text, /^Restart=always\nRestartSec=3$/m);
  t.match(text, /^Type=notify\nNotifyAccess=all\nDelegate=yes\nKillMode=mixed$/m);
  const [, line = ''] = /^ExecStart=\S+ (.*)$/m.exec(text) ?? [];
  t.match(line, `--root=${sandbox.root}`);
  t.ok(
    line.endsWith(
      'run --detach --name n --replace --rm --cgroups=split --sdnotify=conmon --log-driver=passthrough "--env=X=1 2" hello echo "a b" -d',
    ),
    line,
  );
  const template = generate('--template', '--name', 'n');
  t.match(template, /^Description=bryo container-n@\.service$/m);
  t.match(template, /--name n-%i /);
});

t.test('what systemd would replace is doubled', async (t) => {
  sandbox.ok('create', '--name', 'x', '-e', 'P=100%', 'hello', 'sh', '-c', 'echo $HOME %n $$');
  const text = generate('--new', '--name', '-e', 'Q=5%', 'x');
  t.match(text, '--env=P=100%% hello sh -c "echo $$HOME %%n $$$$"');
  t.match(text, /^Environment=Q=5%%$/m);
  sandbox.ok('rm', 'x');
});

t.test('files and JSON', async (t) => {
  const place = sandbox.makeDirectory('place');
  const script = 'cd "$0" && exec "$@"';
  const argv = sandbox.argv(['generate', 'systemd', '--files', '--name', '--format', 'json', 'w']);
  const at = argv.findIndex((word) => /\/(bryo|node)$/.test(word));
  const [program = '', ...rest] = [
    ...argv.slice(0, at),
    'sh',
    '-c',
    script,
    place,
    ...argv.slice(at),
  ];
  const { stdout } = spawnSync(program, rest, { encoding: 'utf8' });
  t.same(JSON.parse(stdout), { 'container-w': join(place, 'container-w.service') });
  t.match(readFileSync(join(place, 'container-w.service'), 'utf8'), /^\[Service\]$/m);
  const json = JSON.parse(generate('--format', 'json', '--container-prefix', '', '--name', 'w'));
  t.match(json, { w: /^\[Unit\]/ });
});

t.test('bad input', async (t) => {
  const run = (...args: string[]) => sandbox.run(['generate', 'systemd', ...args]);
  t.match(run('none'), { code: 125, stderr: /no such container|no container/i });
  t.match(run('--restart-policy', 'often', 'w'), { code: 125, stderr: /--restart-policy/ });
  t.match(run('--template', '--new=false', 'w'), { code: 125, stderr: /--template needs --new/ });
  t.match(run('--format', 'yaml', 'w'), { code: 125, stderr: /only json/ });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
