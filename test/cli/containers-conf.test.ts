import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const file = join(sandbox.directory, 'own.conf');
const shell = ['hello', 'sh', '-c'];

/** Runs bryo with a file that is read after all others. */
function bryo(text: string, ...args: string[]) {
  writeFileSync(file, text);
  chmodSync(file, 0o644);
  return sandbox.run(args, { env: { CONTAINERS_CONF_OVERRIDE: file } });
}

/** What a script prints in a container with a configuration. */
function inside(text: string, flags: readonly string[], script: string): string {
  const args = ['run', '--rm', '--network', 'none', ...flags, ...shell, script];
  const { code, stdout, stderr } = bryo(text, ...args);
  if (code !== 0 || stderr !== '') throw new Error(`${script}: status ${code}: ${stderr}`);
  return stdout.trimEnd();
}

t.test('a container has what the configuration says', async (t) => {
  const text = `[containers]
env = ["CONFIGURED=yes", "PATH=/conf"]
default_ulimits = ["nofile=50:60"]
init = true
tz = "UTC"
umask = "0027"
default_capabilities = ["CHOWN"]
volumes = ["/usr/share:/shared:ro"]
container_name_as_hostname = true
`;
  const script =
    'echo $CONFIGURED; ulimit -n; umask; hostname; ls -d /shared/man; grep CapBnd /proc/1/status';
  t.equal(
    inside(text, ['--name', 'a_b'], script),
    'yes\n50\n0027\nab\n/shared/man\nCapBnd:\t0000000000000001',
  );
  const user = ['-u', '7', '--cap-add', 'kill'];
  t.equal(
    inside(text, user, 'grep -E "Cap(Eff|Bnd)" /proc/self/status').replace(/\t0*/g, ' '),
    'CapEff: 20\nCapBnd: 21',
    'root alone has what is configured',
  );
  t.equal(inside(text, ['--umask', '0', '--ulimit', 'nofile=70'], 'umask; ulimit -n'), '0000\n70');
  t.equal(inside(text, ['-e', 'CONFIGURED=no'], 'echo $CONFIGURED'), 'no');
});

t.test('its network, and names in it', async (t) => {
  const text = `[containers]
dns_servers = ["192.0.2.53"]
dns_searches = ["example.org"]
host_containers_internal_ip = "192.0.2.1"
base_hosts_file = "none"
[network]
default_rootless_network_cmd = "pasta"
pasta_options = ["-I", "named0"]
`;
  const script = 'cat /etc/resolv.conf; grep internal /etc/hosts; ls /sys/class/net';
  const { stdout, code } = bryo(text, 'run', '--rm', ...shell, script);
  t.equal(code, 0);
  t.match(stdout, /^search example\.org$/m);
  t.match(stdout, /^nameserver 192\.0\.2\.53$/m);
  t.match(stdout, /^192\.0\.2\.1\thost\.containers\.internal/m);
  t.match(stdout, /^named0$/m);
  const wrong = '[network]\ndefault_rootless_network_cmd = "cable"\n';
  const refused = bryo(wrong, 'run', '--rm', 'hello', 'true');
  t.equal(refused.code, 125);
  t.match(refused.stderr, /invalid default_rootless_network_cmd option "cable"/);
  t.equal(bryo(wrong, 'run', '--rm', '--network', 'none', 'hello', 'true').code, 0);
  t.equal(bryo(wrong, 'info').code, 0);
});

t.test('exec, and the engine itself', async (t) => {
  sandbox.ok('run', '-d', '--name', 'x', '--network', 'none', 'hello', 'sleep', 'infinity');
  const caps = ['exec', 'x', 'grep', 'CapBnd', '/proc/self/status'];
  const usual = sandbox.ok(...caps);
  t.not(bryo('[containers]\nprivileged = true\n', ...caps).stdout, usual);
  sandbox.ok('rm', '-f', 'x');
  const variable = '[engine]\nenv = ["FROM_ENGINE=1"]\n';
  t.equal(inside(variable, ['-e', 'FROM_ENGINE'], 'echo $FROM_ENGINE'), '1');
  const help = bryo('[engine]\nretry = 10\n', 'pull', '--help').stdout;
  t.match(help, /--retry [\s\S]*\(default: 10\)/);
});

t.test('the event of a container that is made', async (t) => {
  const text = '[engine]\nevents_container_create_inspect_data = true\n';
  const place = ['--since', '1h', '--stream=false', '--filter', 'event=create', '--filter'];
  const shown = (name: string): string =>
    sandbox.ok('events', ...place, `container=${name}`, '--format', '{{.ContainerInspectData}}');
  t.match(bryo(text, 'create', '--name', 'told', 'hello'), { code: 0 });
  const [inspected] = JSON.parse(sandbox.ok('container', 'inspect', '--size', 'told'));
  t.same(JSON.parse(shown('told')), inspected);
  sandbox.ok('create', '--name', 'untold', 'hello');
  t.equal(shown('untold').trim(), '');
  sandbox.ok('rm', 'told', 'untold');
});

t.test('events without health checks', async (t) => {
  const make = ['run', '-d', '--network', 'none', '--health-cmd', 'true', '--health-interval', '0'];
  const told = (name: string): string[] => {
    sandbox.ok('healthcheck', 'run', name);
    const place = ['--since', '1h', '--stream=false', '--filter', `container=${name}`];
    return sandbox
      .ok('events', ...place, '--format', '{{.Status}}')
      .trim()
      .split('\n');
  };
  const quiet = '[engine]\nhealthcheck_events = false\n';
  t.match(bryo(quiet, ...make, '--name', 'quiet', 'hello', 'sleep', 'infinity'), { code: 0 });
  t.notOk(told('quiet').includes('health_status'));
  sandbox.ok(...make, '--name', 'loud', 'hello', 'sleep', 'infinity');
  t.ok(told('loud').includes('health_status'));
  sandbox.ok('rm', '-f', 'quiet', 'loud');
});

t.test('modules come before the last file, and after the others', async (t) => {
  const module = join(sandbox.makeDirectory('modules'), 'm.conf');
  writeFileSync(module, '[containers]\nenv = ["A=module", "B=module"]\n');
  const show = ['run', '--rm', '--network', 'none', ...shell, 'echo $A $B'];
  t.equal(sandbox.ok('--module', module, ...show), 'module module\n');
  writeFileSync(file, '[containers]\nenv = ["A=last"]\n');
  const env = { CONTAINERS_CONF_OVERRIDE: file };
  t.match(sandbox.run(['--module', module, ...show], { env }), { stdout: 'last\n' });
  t.match(sandbox.run(['--module', '/no/where', 'ps']), {
    code: 1,
    stderr:
      /could not resolve module "\/no\/where": faccessat \/no\/where: no such file or directory\n$/,
  });
  t.match(sandbox.run(['ps', '--module', module]), { code: 125, stderr: /unknown flag/ });
});

t.test('what is wrong is told in a line, and what was read', async (t) => {
  const broken = bryo('[containers]\ninit =\n', 'ps');
  t.equal(broken.code, 1);
  t.match(broken.stderr, new RegExp(`^Error: ${file}: line 2: [^\\n]+\\n$`));
  const usual =
    '[containers]\nlog_driver = "none"\n[network]\ndefault_rootless_network_cmd = "pasta"\n';
  const fields = '{{.Host.LogDriver}} {{.Host.RootlessNetworkCmd}}';
  t.equal(bryo(usual, 'info', '--format', fields).stdout, 'none pasta\n');
  const read = '[engine]\nruntime = "crun"\nnew_key = 1\n';
  t.match(bryo(read, 'info').stdout, new RegExp(`^ *- ${file}$`, 'm'));
  const { stdout } = bryo(read, 'doctor');
  t.match(stdout, /engine\.runtime \(bryo is its own OCI runtime\)/);
  t.match(stdout, new RegExp(`unknown: engine\\.new_key in ${file}`));
});

t.test('storage.conf and mounts.conf', async (t) => {
  const config = join(sandbox.makeDirectory('config'), 'containers');
  mkdirSync(config);
  const place = sandbox.makeDirectory('elsewhere');
  const storage = join(config, 'storage.conf');
  writeFileSync(storage, `[storage]\ndriver = "overlay"\ngraphroot = "${place}"\n`);
  writeFileSync(join(config, 'mounts.conf'), '/usr/share:/run/secrets/shared\n');
  const env = { XDG_CONFIG_HOME: join(config, '..') };
  const format = '{{.store.configFile}} {{.store.graphRoot}}';
  const runroot = ['--runroot', `${sandbox.runroot}-2`];
  const info = sandbox.run([...runroot, 'info', '--format', format], { env, bare: true });
  t.equal(info.stdout.trim(), `${storage} ${place}/bryo`);
  sandbox.run([...runroot, 'system', 'reset', '-f'], { env, bare: true });
  const shown = [...shell, 'ls -d /run/secrets/shared/man; touch /run/secrets/shared/x'];
  const { stdout, stderr } = sandbox.run(['run', '--rm', '--network', 'none', ...shown], { env });
  t.equal(stdout, '/run/secrets/shared/man\n');
  t.match(stderr, /Read-only file system/);
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
