import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  bryo,
  discard,
  home,
  inspect,
  install,
  property,
  sleeper,
  systemctl,
  unitFiles,
  write,
} from './support.ts';

const generated = join(home, '.local/share/systemd/user');

t.test('.image: a container that needs one pulls it first', async (t) => {
  bryo('tag', 'hello', 'localhost/kind:1');
  install('kind.image', '[Image]', 'Image=localhost/kind:1', 'Policy=missing');
  t.match(install('user.container', '[Container]', 'Image=kind.image', ...sleeper.slice(2)), {
    code: 0,
    stderr: '',
  });
  t.match(systemctl('start', 'user.service'), { code: 0, stderr: '' });
  t.equal(property('kind-image.service', 'ActiveState'), 'active');
  t.equal(inspect('systemd-user', '.ImageName'), 'localhost/kind:1');
  discard('user.container', 'user.service');
  discard('kind.image', 'kind-image.service');
  bryo('untag', 'localhost/kind:1');
});

t.test('.pod: it starts its containers, and stops them', async (t) => {
  install('group.pod', '[Pod]', 'HostName=together');
  install('one.container', ...sleeper, 'Pod=group.pod');
  t.match(install('two.container', ...sleeper, 'Pod=group.pod'), { code: 0, stderr: '' });
  t.match(systemctl('start', 'group-pod.service', 'one.service', 'two.service'), {
    code: 0,
    stderr: '',
  });
  t.equal(bryo('exec', 'systemd-two', 'hostname').stdout, 'together\n');
  t.equal(inspect('systemd-one', '.Pod'), inspect('systemd-two', '.Pod'));
  t.match(systemctl('stop', 'group-pod.service'), { code: 0, stderr: '' });
  t.match(property('one.service', 'ActiveState'), /^(inactive|failed)$/);
  t.match(bryo('pod', 'exists', 'systemd-group'), { code: 1 });
  for (const name of ['one', 'two']) discard(`${name}.container`, `${name}.service`);
  discard('group.pod', 'group-pod.service');
});

t.test('.kube: pods last as long as their service', async (t) => {
  t.match(install('none.kube', '[Kube]'), { code: 125, stderr: /none\.kube: Yaml= is needed/ });
  t.notOk(existsSync(join(unitFiles, 'none.kube')));
  const container = '{name: c, image: hello, command: [sleep, "1000"]}';
  const spec = `{containers: [${container}], terminationGracePeriodSeconds: 1}`;
  write(home, 'pods.yaml', ['kind: Pod', 'metadata: {name: played}', `spec: ${spec}`]);
  const yaml = `Yaml=${join(home, 'pods.yaml')}`;
  t.match(install('pods.kube', '[Kube]', yaml), { code: 0, stderr: '' });
  t.match(systemctl('start', 'pods.service'), { code: 0, stderr: '' });
  t.equal(property('pods.service', 'ActiveState'), 'active');
  t.equal(inspect('played-c', '.State.Status'), 'running');
  t.match(systemctl('stop', 'pods.service'), { code: 0, stderr: '' });
  t.match(bryo('pod', 'exists', 'played'), { code: 1 });
  t.equal(property('pods.service', 'ActiveState'), 'inactive');
  discard('pods.kube', 'pods.service');
  rmSync(join(home, 'pods.yaml'));
  t.match(install('n.container', ...sleeper, 'Network=none.network'), {
    code: 125,
    stderr: /n\.container:5: Network= names none\.network, which does not exist/,
  });
});

t.test('networks: none, the host, and that of another container', async (t) => {
  install('a.container', ...sleeper, 'Network=none', 'HostName=first');
  t.match(install('b.container', ...sleeper, 'Network=a.container'), { code: 0, stderr: '' });
  t.match(systemctl('start', 'b.service'), { code: 0, stderr: '' });
  t.equal(property('a.service', 'ActiveState'), 'active', 'it is started as well');
  const names = bryo('exec', 'systemd-b', 'ls', '/sys/class/net').stdout;
  t.equal(names, bryo('exec', 'systemd-a', 'ls', '/sys/class/net').stdout);
  t.notMatch(names, /tap0/);
  systemctl('stop', 'b.service', 'a.service');
  for (const name of ['a', 'b']) discard(`${name}.container`, `${name}.service`);
});

t.test('drop-ins, templates and their instances', async (t) => {
  const place = (directory: string, name: string, ...lines: string[]): string =>
    write(join(unitFiles, directory), name, lines);
  place('container.d', '10-all.conf', '[Container]', 'Environment=ALL=yes');
  place('job-.container.d', '10-jobs.conf', '[Container]', 'Environment=JOB=yes');
  place('job-a@.container.d', '10-a.conf', '[Container]', 'Environment=A=%i');
  place(
    '',
    'job-a@.container',
    ...sleeper,
    '[Install]',
    'WantedBy=default.target',
    'DefaultInstance=red',
  );
  symlinkSync('job-a@.container', join(unitFiles, 'job-a@blue.container'));
  place('job-a@blue.container.d', '10-blue.conf', '[Container]', 'Environment=BLUE=yes');
  t.match(bryo('quadlet', 'install'), { code: 0, stderr: '' });
  t.match(systemctl('start', 'job-a@blue.service', 'job-a@red.service'), { code: 0, stderr: '' });
  const variables = (name: string): string =>
    bryo('exec', `systemd-job-a_${name}`, 'env')
      .stdout.split('\n')
      .filter((line) => /^(ALL|JOB|A|BLUE)=/.test(line))
      .sort()
      .join(' ');
  t.equal(variables('blue'), 'A=blue ALL=yes BLUE=yes JOB=yes');
  t.equal(variables('red'), 'A=red ALL=yes JOB=yes');
  t.match(readFileSync(join(generated, 'job-a@.service'), 'utf8'), /^DefaultInstance=red$/m);
  t.match(property('default.target', 'Wants'), /\bjob-a@red\.service\b/);
  systemctl('stop', 'job-a@blue.service', 'job-a@red.service');
  for (const name of [
    'container.d',
    'job-.container.d',
    'job-a@.container.d',
    'job-a@blue.container.d',
    'job-a@.container',
    'job-a@blue.container',
  ]) {
    rmSync(join(unitFiles, name), { recursive: true });
  }
  t.match(bryo('quadlet', 'install'), { code: 0, stderr: '' });
  t.notOk(existsSync(join(generated, 'job-a@.service')));
});

t.test('systemctl reload', async (t) => {
  const out = join(home, 'reloads');
  mkdirSync(out, { recursive: true });
  const reload = `ReloadCmd=sh -c "echo again >/out/seen"`;
  install('r.container', ...sleeper, `Volume=${out}:/out`, reload);
  t.match(systemctl('start', 'r.service'), { code: 0, stderr: '' });
  t.match(systemctl('reload', 'r.service'), { code: 0, stderr: '' });
  t.equal(readFileSync(join(out, 'seen'), 'utf8'), 'again\n');
  discard('r.container', 'r.service');
});
