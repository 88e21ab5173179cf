import t from 'tap';
import { containerKeys } from '../../../src/quadlet/keys/container-keys.ts';
import { completeProduct, convert, problemsOf, serviceText, startLine } from './support.ts';

const start = 'run --name systemd-web --replace --rm --cgroups=split --detach --sdnotify=conmon';

function keys(...lines: string[]): string {
  return `[Container]\nImage=hello\n${lines.join('\n')}\n`;
}

/** What is between the flags of every container and its image. */
function flagsFor(...lines: string[]): string {
  const line = startLine(keys(...lines));
  t.ok(line.startsWith(start), line);
  return line.slice(start.length + 1).replace(/ ?hello$/, '');
}

t.test('a whole service', async (t) => {
  const text = serviceText(
    `[Unit]
Description=Web
After=local-fs.target

[Container]
Image=docker.io/library/nginx
Exec=nginx -g "daemon off;"
X=
[Service]
Restart=always

[Install]
WantedBy=default.target
`.replace('X=\n', ''),
  );
  t.equal(
    text,
    `# Made by bryo of /units/web.container; see bryo-systemd.unit(5).

[Unit]
SourcePath=/units/web.container
RequiresMountsFor=%t/bryo
Description=Web
After=local-fs.target

[X-Container]
Image=docker.io/library/nginx
Exec=nginx -g "daemon off;"

[Service]
Environment=PODMAN_SYSTEMD_UNIT=%n
Type=notify
NotifyAccess=all
Delegate=yes
KillMode=mixed
SyslogIdentifier=%N
ExecStart=/usr/bin/bryo ${start} docker.io/library/nginx nginx -g "daemon off;"
ExecStop=/usr/bin/bryo stop --ignore systemd-web
ExecStopPost=-/usr/bin/bryo rm --force --ignore --volumes systemd-web
Restart=always

[Install]
WantedBy=default.target
`,
  );
});

t.test('keys that become flags', async (t) => {
  t.equal(flagsFor('Environment=A=1 "B=two words"'), `--env A=1 --env "B=two words"`);
  t.equal(
    flagsFor('PublishPort=8080:80', 'PublishPort=53:53/udp', 'PublishPort=fd:web:80'),
    `--publish 8080:80 --publish 53:53/udp --publish fd:web:80`,
  );
  t.equal(flagsFor('ReadOnly=yes', 'RunInit=false'), `--init=false --read-only`);
  t.equal(flagsFor('Memory=64m', 'Memory=32m'), `--memory 32m`);
  t.equal(
    flagsFor('SeccompProfile=/s.json', 'Mask=/proc/a:/proc/b'),
    `--security-opt seccomp=/s.json --security-opt mask=/proc/a:/proc/b`,
  );
  t.equal(
    flagsFor('DropCapability=all', 'AddCapability=CHOWN SETUID'),
    `--cap-add CHOWN --cap-add SETUID --cap-drop all`,
  );
  t.equal(flagsFor('User=1000', 'Group=100'), `--user 1000:100`);
  t.equal(
    flagsFor('EnvironmentFile=./web.env', 'EnvironmentFile=/etc/x'),
    `--env-file /units/web.env --env-file /etc/x`,
  );
  t.equal(
    flagsFor('AddDevice=/dev/fuse', 'AddDevice=-/dev/none', 'AddDevice=-/dev/null:/dev/n'),
    `--device /dev/fuse --device /dev/null:/dev/n`,
  );
  t.equal(
    flagsFor('NoNewPrivileges=true', 'AutoUpdate=registry'),
    `--security-opt no-new-privileges --label io.containers.autoupdate=registry`,
  );
  t.equal(
    flagsFor('LogDriver=k8s-file', 'PodmanArgs=--hardened --umask 077'),
    '--log-driver k8s-file --hardened --umask 077',
  );
});

t.test('every key has an effect when its flag exists', async (t) => {
  const special: Record<string, string> = {
    AutoUpdate: 'local',
    Pod: 'p.pod',
    Image: 'other',
    Volume: 'v:/v',
    Mount: 'type=tmpfs,destination=/t',
    NoNewPrivileges: 'true',
    SecurityLabelDisable: 'true',
    Notify: 'healthy',
    AddDevice: '/dev/x',
    ExposeHostPort: '80',
    Group: '7',
    User: '7',
    StartWithPod: 'false',
  };
  const before = serviceText(keys('User=1')).replace(/\[X-Container\][^[]*/, '');
  for (const { name, use } of containerKeys.filter((key) => key.name !== 'Rootfs')) {
    const fallback = use.how === 'switch' ? 'true' : 'value';
    const text = keys('User=1', `${name}=${special[name] ?? fallback}`);
    const converted = convert({ 'web.container': text, 'p.pod': '[Pod]\n' });
    const service = converted.get('web.container')?.service?.text ?? '';
    if (name === 'StartWithPod') continue; // an effect on the pod, see other.test.ts
    t.not(service, '', name);
    t.not(service.replace(/\[X-Container\][^[]*/, ''), before, name);
  }
});

t.test('an unsupported or unknown key is an error with its line', async (t) => {
  const product = completeProduct();
  const poor = { ...product, flags: () => new Set(['name', 'sdnotify', 'cgroups']) };
  t.same(problemsOf(keys('Memory=1'), 'web.container', poor), [
    'web.container:3: Memory= is not supported: bryo run has no --memory',
  ]);
  t.same(problemsOf(keys('Colour=red')), ['web.container:3: unknown key Colour= in [Container]']);
  t.match(problemsOf(keys('ContainersConfModule=/x')), [
    /web\.container:3: .*reads no containers\.conf/,
  ]);
  t.same(problemsOf(keys(), 'web.container', { ...product, flags: () => null }), [
    '/units/web.container: bryo has no "run", which .container files need',
  ]);
});

t.test('what makes no sense is an error', async (t) => {
  t.match(problemsOf('[Container]\nExec=x\n'), [/neither Image= nor Rootfs=/]);
  t.match(problemsOf(keys('Rootfs=/r')), [/web\.container:3: Image= and Rootfs= exclude/]);
  t.match(problemsOf(keys('ReadOnly=perhaps')), [/:3: ReadOnly=perhaps is neither true nor false/]);
  t.match(problemsOf(keys('Environment="A=1')), [/:3: a quote in Environment= is not closed/]);
  t.match(problemsOf(keys('Group=3')), [/Group= needs User=/]);
  t.match(problemsOf(keys('AutoUpdate=weekly')), [/neither registry nor local/]);
  t.match(problemsOf(keys('ReloadCmd=a', 'ReloadSignal=HUP')), [/exclude each other/]);
  t.match(problemsOf(keys('[Service]', 'Type=forking')), [/:4: Type=forking does not fit/]);
  t.match(problemsOf(keys('[Service]', 'KillMode=process')), [/KillMode=process leaves processes/]);
  t.match(problemsOf(keys('[Service]', 'User=me')), [/User= in \[Service\]/]);
  t.match(problemsOf(keys('[Contianer]', 'Image=y')), [/:3: unknown section \[Contianer\]/]);
  t.match(problemsOf('[Unit]\nDescription=x\n'), [/no \[Container\] section/, /neither Image/]);
  t.match(problemsOf(keys('[Install]', 'WantedBy=multi-user.target')), [
    /:4: WantedBy=multi-user\.target: a user's manager has no such target.*default\.target/,
  ]);
});

t.test('one-shot services wait for the command and keep its output', async (t) => {
  const text = serviceText(keys('[Service]', 'Type=oneshot'));
  t.match(
    text,
    /^ExecStart=\/usr\/bin\/bryo run --name systemd-web --replace --rm --cgroups=split --log-driver k8s-file hello$/m,
  );
  t.notMatch(text, /NotifyAccess|sdnotify|passthrough/);
});

t.test('readiness and reload', async (t) => {
  t.match(startLine(keys('Notify=true')), /--sdnotify=container /);
  t.match(startLine(keys('Notify=healthy')), /--sdnotify=healthy /);
  t.match(
    serviceText(keys('ReloadCmd=nginx -s "re load"')),
    /^ExecReload=\/usr\/bin\/bryo exec systemd-web nginx -s "re load"$/m,
  );
  t.match(
    serviceText(keys('ReloadSignal=HUP')),
    /^ExecReload=\/usr\/bin\/bryo kill --signal HUP systemd-web$/m,
  );
});

t.test('templates', async (t) => {
  const text = '[Container]\nImage=hello\nExec=%i\n[Install]\nWantedBy=default.target\n';
  const plain = convert({ 'web@.container': text }).get('web@.container')?.service;
  t.equal(plain?.name, 'web@.service');
  t.same(plain?.links, [], 'nothing starts a template without an instance');
  t.match(plain?.text, /--name systemd-web_%i .* hello %i$/m);
  const named = convert({ 'web@.container': `${text}DefaultInstance=blue\n` });
  t.same(named.get('web@.container')?.service?.links, [
    { path: 'default.target.wants/web@blue.service', target: '../web@.service' },
  ]);
  const instance = convert({ 'web@red.container': text }).get('web@red.container')?.service;
  t.equal(instance?.name, 'web@red.service');
  t.same(instance?.links, [
    { path: 'default.target.wants/web@red.service', target: '../web@red.service' },
  ]);
});

t.test('specifiers in [Install], and names that systemd does not take', async (t) => {
  const text = keys('[Install]', 'DefaultInstance=eth0', 'WantedBy=sys-net-%i.device %p.target');
  t.same(convert({ 'net@.container': text }).get('net@.container')?.service?.links, [
    { path: 'sys-net-eth0.device.wants/net@eth0.service', target: '../net@.service' },
    { path: 'net.target.wants/net@eth0.service', target: '../net@.service' },
  ]);
  const wrong = {
    'web.container': keys('ServiceName=../../../evil'),
    'blumentöpfe.container': keys(),
    'two words.container': keys(),
    'home.container': keys('[Install]', 'WantedBy=%h.target'),
  };
  for (const [name, unit] of Object.entries(wrong)) {
    const made = convert({ [name]: unit }).get(name);
    t.equal(made?.service, null, name);
    t.match(made?.problems, [{ severity: 'error', message: /no name of a unit/ }], name);
  }
});

t.test('[Install]', async (t) => {
  const install =
    '[Install]\nAlias=www.service\nWantedBy=a.target b.target\nRequiredBy=c.service\nUpheldBy=d.target';
  t.same(convert({ 'web.container': keys(install) }).get('web.container')?.service?.links, [
    { path: 'www.service', target: 'web.service' },
    { path: 'a.target.wants/web.service', target: '../web.service' },
    { path: 'b.target.wants/web.service', target: '../web.service' },
    { path: 'c.service.requires/web.service', target: '../web.service' },
    { path: 'd.target.upholds/web.service', target: '../web.service' },
  ]);
  t.match(problemsOf(keys('[Install]', 'Alias=../../x.service')), [/is no name of a unit/]);
});

t.test('names', async (t) => {
  t.match(startLine(keys('ContainerName=w')), /^run --name w /);
  t.match(startLine(keys('GlobalArgs=--log-level debug')), /^--log-level debug run /);
  const named = convert({ 'web.container': keys('ServiceName=www') }).get('web.container');
  t.equal(named?.service?.name, 'www.service');
  const two = convert({ 'a.container': keys('ServiceName=b'), 'b.container': keys() });
  t.match(two.get('b.container'), {
    service: null,
    problems: [{ message: /is made of .*a\.container already/ }],
  });
});
