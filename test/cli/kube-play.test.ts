import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();
const places = sandbox.makeDirectory('kube');
const logs = (name: string): string => sandbox.ok('logs', name);
const inspect = (format: string, name: string): string =>
  sandbox.ok('inspect', '--format', format, name).trim();

/** Writes a file of documents. */
function file(name: string, ...documents: object[]): string {
  const path = join(places, name);
  writeFileSync(path, documents.map((one) => JSON.stringify(one, null, 2)).join('\n---\n'));
  return path;
}

function podOf(name: string, containers: object[], spec = {}): object {
  const all = containers.map((one, index) => ({ name: `c${index}`, image: 'hello', ...one }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: all, ...spec },
  };
}

const shell = (line: string) => ({ command: ['sh', '-c'], args: [line] });

t.test('a pod with all that it needs', async (t) => {
  const port = await freePort();
  const host = sandbox.makeDirectory('host');
  writeFileSync(join(host, 'page'), 'of the host\n');
  const map = {
    kind: 'ConfigMap',
    metadata: { name: 'settings' },
    data: { greeting: 'hello there' },
  };
  const secret = {
    kind: 'Secret',
    metadata: { name: 'login' },
    stringData: { password: 's3cret' },
  };
  const claim = { kind: 'PersistentVolumeClaim', metadata: { name: 'kept' } };
  const volumes = [
    { name: 'site', emptyDir: {} },
    { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'host', hostPath: { path: host, type: 'Directory' } },
    { name: 'settings', configMap: { name: 'settings' } },
    {
      name: 'login',
      secret: {
        secretName: 'login',
        defaultMode: 0o400,
        items: [{ key: 'password', path: 'sub/it' }],
      },
    },
    { name: 'kept', persistentVolumeClaim: { claimName: 'kept' } },
  ];
  const site = { name: 'site', mountPath: '/site' };
  const path = file(
    'web.yaml',
    podOf(
      'web',
      [
        {
          ...shell('httpd -f -p 80 -h /site'),
          ports: [{ containerPort: 80, hostPort: port, hostIP: '127.0.0.1' }],
          volumeMounts: [site],
        },
        {
          ...shell(
            'cat /host/page /settings/greeting /login/sub/it; echo; stat -c %a /login/sub/it; echo $WORD $(WORD) $PASSWORD $NAME $CPU; id -u; df -k /memory | tail -n1 | tr -s " " | cut -d" " -f2; echo data > /kept/file; hostname; exec sleep 1000',
          ),
          env: [
            { name: 'WORD', valueFrom: { configMapKeyRef: { name: 'settings', key: 'greeting' } } },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            {
              name: 'CPU',
              valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } },
            },
          ],
          resources: { requests: { cpu: '500m' } },
          securityContext: { runAsUser: 0, readOnlyRootFilesystem: true },
          volumeMounts: [
            { name: 'memory', mountPath: '/memory' },
            { name: 'host', mountPath: '/host', readOnly: true },
            { name: 'settings', mountPath: '/settings' },
            { name: 'login', mountPath: '/login' },
            { name: 'kept', mountPath: '/kept' },
          ],
        },
      ],
      {
        volumes,
        shareProcessNamespace: true,
        initContainers: [
          {
            name: 'first',
            image: 'hello',
            ...shell('echo prepared > /site/page'),
            volumeMounts: [site],
          },
        ],
      },
    ),
    map,
    secret,
    claim,
  );
  const out = sandbox.ok('kube', 'play', path);
  t.match(
    out,
    /^Volumes:\nkept\nSecrets:\n\S+\nPod:\n[0-9a-f]{64}\nContainers:\n[0-9a-f]{64}\n[0-9a-f]{64}\n\n$/,
  );
  await eventually('it serves', () => {
    const curl = spawnSync('curl', ['-s', `http://127.0.0.1:${port}/page`], { encoding: 'utf8' });
    return curl.stdout === 'prepared\n';
  });
  await eventually('it has said all', () => logs('web-c1').includes('\nweb\n'));
  t.same(logs('web-c1').trim().split('\n'), [
    'of the host',
    'hello theres3cret',
    '400',
    'hello there hello there s3cret web 500',
    '0',
    '1024',
    'web',
  ]);
  t.equal(sandbox.run(['container', 'exists', 'web-first']).code, 1, 'it was for once');
  t.equal(
    inspect('{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.RestartPolicy.Name}}', 'web-c1'),
    'true always',
  );
  t.match(sandbox.run(['kube', 'play', path]), {
    code: 125,
    stderr: /is in use: pod already exists/,
  });
  t.match(
    sandbox.ok('kube', 'play', '--replace', path),
    /^Pods stopped:\n[0-9a-f]{64}\nPods removed:\n/,
  );
  sandbox.ok('kube', 'down', path);
  t.equal(sandbox.ok('ps', '-aq'), '');
  t.equal(sandbox.ok('secret', 'ls', '-q'), '');
  t.same(sandbox.ok('volume', 'ls', '-q').trim().split('\n').sort(), ['kept', 'login', 'settings']);
  t.match(sandbox.ok('kube', 'down', '--force', path), /Volumes removed:\nkept\n$/);
  sandbox.ok('volume', 'rm', 'login', 'settings');
});

t.test('links in a volume of a ConfigMap lead nowhere', async (t) => {
  const outside = join(sandbox.makeDirectory('outside'), 'file');
  writeFileSync(outside, 'untouched');
  const map = { kind: 'ConfigMap', metadata: { name: 'links' }, data: { a: 'written' } };
  const volumes = [{ name: 'v', configMap: { name: 'links' } }];
  const volumeMounts = [{ name: 'v', mountPath: '/v' }];
  const line = `rm /v/a; ln -s ${outside} /v/a`;
  const spec = { volumes, restartPolicy: 'Never' };
  const path = file('links.yaml', map, podOf('links', [{ ...shell(line), volumeMounts }], spec));
  sandbox.ok('kube', 'play', path);
  t.equal(sandbox.ok('wait', 'links-c0'), '0\n');
  sandbox.ok('kube', 'play', '--replace', '--start=false', path);
  t.equal(readFileSync(outside, 'utf8'), 'untouched');
  sandbox.ok('kube', 'down', path);
  sandbox.ok('volume', 'rm', 'links');
});

t.test('a Job is waited for, and removed with all that it had', async (t) => {
  const { spec } = podOf('x', [shell('echo done')], { restartPolicy: 'Never' }) as { spec: object };
  const job = { kind: 'Job', metadata: { name: 'j' }, spec: { template: { spec } } };
  const claim = { kind: 'PersistentVolumeClaim', metadata: { name: 'of-job' } };
  const out = sandbox.ok('kube', 'play', '--wait', file('job.yaml', job, claim));
  t.match(out, /^Use ctrl\+c to clean up or wait for pods to exit\nVolumes:\nof-job\nPod:\n/);
  t.match(
    out,
    /Cleaning up containers, pods, and volumes\.\.\.\nPods stopped:\n(.|\n)*Volumes removed:\nof-job\n$/,
  );
  t.equal(sandbox.ok('pod', 'ps', '-q'), '');
});

t.test('what does not start is told of', async (t) => {
  const path = file(
    'bad.yaml',
    podOf('bad', [{ command: ['/no/such'] }], { restartPolicy: 'Never' }),
  );
  const { code, stderr, stdout } = sandbox.run(['play', 'kube', path]);
  t.equal(code, 125);
  t.match(stderr, /\/no\/such(.|\n)*Error: failed to start 1 containers\n$/);
  t.match(stdout, /^Pod:\n/);
  sandbox.ok('play', 'kube', '--down', path);
});

t.test('an image is built of the directory of its name', async (t) => {
  const contexts = join(places, 'contexts');
  const directory = join(contexts, 'built');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'Containerfile'), 'FROM hello\nENV MADE=here\n');
  const path = file('built.yaml', podOf('built', [{ image: 'localhost/built:1' }]));
  const flags = ['--quiet', '--build', '--context-dir', contexts, '--start=false'];
  t.match(sandbox.ok('kube', 'play', ...flags, path), /^Pod:\n/);
  t.match(inspect('{{.Config.Env}}', 'built-c0'), /MADE=here/);
  sandbox.ok('kube', 'down', path);
});

t.test('a service tells when its pods run, and ends with them', async (t) => {
  const socket = join(sandbox.makeDirectory('notify'), 'socket');
  const python = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
print(s.recv(100).decode(), flush=True)`;
  const listener = spawn('python3', ['-c', python, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let heard = '';
  listener.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  const closed = once(listener, 'close');
  await eventually('it listens', () => heard === 'bound\n');
  chmodSync(socket, 0o666);
  const path = file(
    'service.yaml',
    podOf('service', [shell('exit 3')], { restartPolicy: 'Never' }),
  );
  const flags = ['--service-container=true', '--service-exit-code-propagation', 'any'];
  const options = { env: { NOTIFY_SOCKET: socket } };
  const { code, stdout } = await sandbox.runBeside(['kube', 'play', ...flags, path], options);
  t.equal(code, 137);
  t.match(stdout, /^Pod:\n/);
  await closed;
  t.match(heard, /^bound\nMAINPID=\d+\nREADY=1\n$/);
  t.equal(
    sandbox.ok('pod', 'inspect', '--format', '{{.State}}', 'service'),
    'Exited\n',
    'it is there',
  );
  sandbox.ok('kube', 'down', path);
});

t.test(
  'the process of a service is small, and stops the pods when it is asked to end',
  async (t) => {
    const pods = ['one', 'two'].map((name) => {
      return podOf(name, [shell('exec sleep 1000')], { terminationGracePeriodSeconds: 0 });
    });
    const path = file('services.yaml', ...pods);
    const child = sandbox.start(['kube', 'play', '--service-container', path]);
    const closed = once(child, 'close');
    const { pid } = child;
    const name = (): string => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    await eventually('it waits for the pods', () => name() === 'bryo-await-ends');
    const [, kilobytes] =
      /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    t.ok(Number(kilobytes) < 1024, `${kilobytes} KiB of its own`);
    t.equal(
      sandbox.ok('pod', 'ps', '-q', '--filter', 'status=running').trim().split('\n').length,
      2,
    );
    child.kill('SIGTERM');
    t.same(await closed, [0, null]);
    for (const pod of ['one', 'two']) {
      t.equal(sandbox.ok('pod', 'inspect', '--format', '{{.State}}', pod), 'Exited\n');
    }
    sandbox.ok('kube', 'down', path);
  },
);
