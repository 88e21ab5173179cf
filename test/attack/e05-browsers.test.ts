// E5: podman's TCP port driven by web pages; podman 2021-4024; docker 2025-9074; incus 2026-33898. Pages that make a
// browser ask a service on the loopback, and pages whose name leads there (DNS rebinding).
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';

const sandbox = new Sandbox();
const port = await freePort();

interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The status and the body of an answer; status 0: nobody listens. */
function ask({ method = 'GET', path = '/containers/json?all=1', headers = {}, body = '' }: Asked) {
  return new Promise<{ status: number; body: string }>((resolve) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    asked.on('error', (error) => resolve({ status: 0, body: error.message }));
    asked.end(body);
  });
}

sandbox.ok('create', '--name', 'kept', 'hello', 'true');
const uri = `tcp://127.0.0.1:${port}`;
const words = sandbox.argv(['system', 'service', '--time', '0', '--without-tls', uri]);
const service = spawn(words[0] ?? '', words.slice(1), { stdio: 'ignore', cwd: '/' });
const ended = new Promise((resolve) => service.on('close', resolve));

t.before(async () => {
  let status = 0;
  const probe = async (): Promise<void> => {
    status = (await ask({ path: '/_ping' })).status;
  };
  await eventually('the service answers', () => {
    void probe();
    return status === 200;
  });
});

t.test('programs of this machine are served', async (t) => {
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'LOCALHOST.']) {
    const { status, body } = await ask({ headers: { Host: host } });
    t.equal(status, 200, host);
    t.match(body, /"\/kept"/, host);
  }
});

t.test('a page whose name leads to the loopback reads nothing', async (t) => {
  const hosts = [
    `rebound.example:${port}`,
    'localhost.example',
    '127.0.0.1.example',
    'x@localhost',
  ];
  const paths = ['/containers/json?all=1', '/containers/kept/archive?path=/etc', '/libpod/info'];
  for (const host of hosts) {
    for (const path of paths) {
      const { status, body } = await ask({ path, headers: { Host: host } });
      t.equal(status, 403, `${host} ${path}`);
      t.notMatch(body, /kept"/);
    }
  }
});

t.test('what a page sends changes nothing', async (t) => {
  const body = JSON.stringify({ Image: 'hello', Cmd: ['true'] });
  const length = { 'Content-Length': String(Buffer.byteLength(body)) };
  const pages: Record<string, string>[] = [
    { Origin: 'null', 'Content-Type': 'text/plain' },
    { Origin: 'https://page.example', 'Content-Type': 'application/json' },
    { Origin: `http://127.0.0.1:${port}`, 'Content-Type': 'text/plain' },
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    { 'Content-Type': 'multipart/form-data; boundary=x' },
  ];
  for (const headers of pages) {
    const create = { method: 'POST', path: '/containers/create?name=made', body };
    const made = await ask({ ...create, headers: { ...headers, ...length } });
    t.equal(made.status, 403, JSON.stringify(headers));
    const removed = await ask({ method: 'DELETE', path: '/containers/kept', headers });
    t.equal(removed.status, 403, JSON.stringify(headers));
  }
  t.equal(sandbox.ok('ps', '-a', '--format', '{{.Names}}'), 'kept\n');
});

t.test('nothing is left', async (t) => {
  service.kill('SIGTERM');
  t.equal(await ended, 0);
  t.same(sandbox.close(), []);
});
