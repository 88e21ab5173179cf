/** What docker-compose does with `bryo compose`, which gives it a service of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { type Result, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('docker-compose');
const sandbox = new Sandbox();
// Clients look for the image before they ask for a container.
sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
const project = sandbox.makeDirectory('shop');
t.teardown(() => {
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

function compose(...args: string[]): Result {
  return sandbox.run(['compose', '-f', join(project, 'compose.yaml'), ...args]);
}

/** The output of a call that has to succeed. */
function ok(...args: string[]): string {
  const { code, stdout, stderr } = compose(...args);
  if (code !== 0) throw new Error(`compose ${args.join(' ')}: status ${code}, ${stderr}`);
  return stdout.trimEnd();
}

/** The first of two ports of the loopback that are both free now. */
async function freePair(): Promise<number> {
  const listen = (port: number): Promise<{ port: number; end: () => void } | null> =>
    new Promise((resolve) => {
      const server = createServer();
      server.on('error', () => resolve(null));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        const bound = typeof address === 'object' && address !== null ? address.port : 0;
        resolve({ port: bound, end: () => server.close() });
      });
    });
  for (;;) {
    const first = await listen(0);
    const second = first === null ? null : await listen(first.port + 1);
    first?.end();
    second?.end();
    if (first !== null && second !== null) return first.port;
  }
}

t.before(async () => {
  const first = await freePair();
  mkdirSync(join(project, 'web'));
  writeFileSync(join(project, 'token.txt'), 's3cret');
  writeFileSync(
    join(project, 'web', 'Dockerfile'),
    'FROM hello\nARG WHO\nRUN echo made for $WHO > /made\nCMD ["sleep", "1000"]\n',
  );
  writeFileSync(
    join(project, 'compose.yaml'),
    `version: '3.9'
services:
  db:
    image: hello
    init: true
    command: ['sh', '-c', 'touch /ready; sleep 1000']
    healthcheck: { test: ['CMD', 'test', '-e', '/ready'], interval: 1s, retries: 20 }
    networks: { back: { aliases: [database] } }
    volumes: ['data:/data']
  web:
    build: { context: web, args: { WHO: compose } }
    init: true
    depends_on: { db: { condition: service_healthy } }
    ports: ['127.0.0.1:${first}-${first + 1}:80']
    networks: [back, front]
    secrets: [token]
  job:
    image: hello
    profiles: [tools]
    command: ['cat', '/run/secrets/token']
    networks: [back]
    secrets: [token]
secrets: { token: { file: token.txt } }
networks: { back: {}, front: {} }
volumes: { data: {} }
`,
  );
});

t.test('a project from its start to its removal', async (t) => {
  ok('up', '-d', '--scale', 'web=2');
  t.match(ok('ps'), /db.*healthy/);
  t.equal(sandbox.ok('ps', '-q').trim().split('\n').length, 3);
  t.equal(ok('exec', '-T', 'web', 'cat', '/made'), 'made for compose');
  t.equal(ok('exec', '-T', 'web', 'cat', '/run/secrets/token'), 's3cret');
  t.match(ok('exec', '-T', 'web', 'nslookup', 'database'), /Name:\s+database/);
  const ports = sandbox
    .ok('ps', '--filter', 'name=web', '--format', '{{.Ports}}')
    .trim()
    .split('\n');
  t.equal(new Set(ports).size, 2, 'each has a port of the range');
  t.equal(ok('run', '--rm', 'job'), 's3cret');
  // Version 1 links a single container of a service with those that the service depends on.
  const seen = ok('run', '--rm', 'web', 'sh', '-c', 'nslookup db >&2 && cat /made');
  t.equal(seen, 'made for compose');
  ok('down', '--volumes');
  t.equal(sandbox.ok('ps', '-aq'), '');
  t.equal(sandbox.ok('volume', 'ls', '-q'), '');
  t.notMatch(sandbox.ok('network', 'ls', '--format', '{{.Name}}'), /shop/);
});

t.test('what cannot be had is told by its service', async (t) => {
  writeFileSync(
    join(project, 'compose.yaml'),
    "version: '3.9'\nservices: { one: { image: hello, network_mode: none, cgroup_parent: '../x' } }\n",
  );
  const { code, stderr } = compose('up', '-d');
  t.not(code, 0);
  t.match(stderr, /HostConfig\.CgroupParent/);
  t.equal(compose('down').code, 0);
});
