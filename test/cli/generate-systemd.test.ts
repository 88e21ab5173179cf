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
      'run --detach --name n --replace --rm --cgroups=split --sdnotify=conmon "--env=X=1 2" hello echo "a b" -d',
    ),
    line,
  );
  t.match(generate('--new', '--name', 'n'), /^Restart=always$/m);
  const template = generate('--template', '--name', 'n');
  t.match(template, /^Description=bryo container-n@\.service$/m);
  t.match(template, /--name n-%i /);
});

t.test('who says that the service is ready', async (t) => {
  const made = (mode: string, ...words: string[]) => {
    sandbox.ok('create', '--name', 's', `--sdnotify=${mode}`, ...words);
    const texts = [generate('--name', 's'), generate('--new', '--name', 's')];
    sandbox.ok('rm', 's');
    return texts.map((text) => /^ExecStart=.*? --sdnotify=(\w+) /m.exec(text)?.[1]);
  };
  t.same(made('container', 'hello', 'true'), ['container', 'container']);
  t.same(made('conmon', 'hello', 'true'), ['conmon', 'conmon']);
  t.same(made('ignore', 'hello', 'true'), ['conmon', 'conmon'], 'nobody would say it');
  sandbox.ok('create', '--name', 'c', 'hello', 'echo', '--sdnotify=container');
  t.match(
    generate('--name', 'c'),
    / --sdnotify=conmon c$/m,
    'unasked most processes do not say it',
  );
  t.match(generate('--new', '--name', 'c'), / --sdnotify=conmon hello echo --sdnotify=container$/m);
  sandbox.ok('rm', 'c');
});

t.test("a container's own restart policy", async (t) => {
  sandbox.ok('create', '--name', 'f', '--restart', 'on-failure:4', 'hello', 'true');
  const text = generate('--new', '--name', 'f');
  t.match(text, /^StartLimitBurst=4\nRequiresMountsFor=/m);
  t.match(text, /^Restart=on-failure$/m);
  t.notMatch(generate('--new', '--restart-policy', 'always', 'f'), /StartLimitBurst/);
  const { code, stderr } = sandbox.run(['generate', 'systemd', 'f']);
  t.equal(code, 0);
  t.match(stderr, /Container [0-9a-f]{64} has restart policy .*on-failure.* shutdown/);
  sandbox.ok('rm', 'f');
});

t.test("variables of the maker's environment", async (t) => {
  const flags = ['--name', 'v', '-e', 'OWN', '-e', 'GIVEN=1'];
  sandbox.run(['create', ...flags, 'hello', 'true'], { env: { OWN: 'a %s' } });
  t.match(generate('--new', 'v'), /^Environment="OWN=a %%s"\nRestart=/m);
  sandbox.ok('rm', 'v');
});

t.test('the services of a pod', async (t) => {
  sandbox.ok('pod', 'create', '--name', 'p', '--label', 'a=b', '--network', 'none');
  sandbox.ok('create', '--pod', 'p', '--name', 'm', 'hello', 'sleep', '9');
  const made = JSON.parse(generate('--new', '--name', '--format', 'json', 'p'));
  t.same(Object.keys(made), ['pod-p', 'container-m']);
  t.match(made['pod-p'], /^Wants=container-m\.service\nBefore=container-m\.service$/m);
  t.match(
    made['pod-p'],
    /^ExecStartPre=\S+ .*pod create --replace --exit-policy=stop --label=a=b --network=none --name p\nExecStart=\S+ .*pod start p$/m,
  );
  t.match(made['pod-p'], /^ExecStopPost=-\S+ .*pod rm --force --ignore p$/m);
  t.match(made['container-m'], /^BindsTo=pod-p\.service\nAfter=pod-p\.service$/m);
  t.match(made['container-m'], / --pod p hello sleep 9$/m);
  const infra = sandbox.ok('pod', 'inspect', '--format', '{{.InfraContainerID}}', 'p').trim();
  const existing = JSON.parse(generate('--pod-prefix', 'x', '--format', 'json', 'p'));
  const [first = ''] = Object.keys(existing);
  t.match(first, /^x-[0-9a-f]{64}$/);
  t.match(existing[first], new RegExp(`^ExecStart=\\S+ .*start ${infra}$`, 'm'));
  t.match(sandbox.run(['generate', 'systemd', '--template', 'p']), {
    code: 125,
    stderr: /--template is not supported for pods/,
  });
  sandbox.ok('pod', 'rm', '-f', 'p');
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
  t.match(run('--template', '--new=false', 'w'), { code: 125, stderr: /--template cannot be set/ });
  t.match(run('--format', 'yaml', 'w'), { code: 125, stderr: /only json/ });
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
