/** `bryo system service` on a TCP port with TLS. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import t from 'tap';
import { serveWithTls } from '../../src/cli/system/service-tls.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { inProcesses } from '../support/processes.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('openssl', 'curl');
const sandbox = new Sandbox();
const directory = sandbox.makeDirectory('tls');
const at = (name: string): string => join(directory, name);
t.teardown(() => {
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8', cwd: directory });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
}

/** A certificate that signs others, or nobody has signed. */
function makeAuthority(name: string): void {
  const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...out);
}

function makeSigned(name: string): void {
  const out = ['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`];
  openssl('req', '-newkey', 'rsa:2048', '-nodes', ...out);
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1\n');
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', 'names', '-out', `${name}.pem`);
}

t.before(() => {
  makeAuthority('ca');
  makeAuthority('other');
  makeSigned('server');
  makeSigned('client');
  spawnSync('chmod', ['-R', 'a+rX', directory]);
});

const files = ['--tlscacert', at('ca.pem'), '--tlscert', at('server.pem'), '--tlskey'];
const flags = [...files, at('server.key')];

t.test('only clients with a certificate get in, with TLS 1.2 or newer', async (t) => {
  const port = await freePort();
  const uri = `tcp://127.0.0.1:${port}`;
  const words = sandbox.argv(['system', 'service', '--time', '0', ...flags, uri]);
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  );
  const curl = (...more: string[]) => {
    const own = ['-sS', '--max-time', '20', '--cacert', at('ca.pem')];
    const args = [...own, ...more, `https://127.0.0.1:${port}/_ping`];
    return spawnSync('curl', args, { encoding: 'utf8' });
  };
  const as = (name: string): string[] => ['--cert', at(`${name}.pem`), '--key', at(`${name}.key`)];
  await eventually('it listens', () => curl(...as('client')).stdout === 'OK');
  t.equal(curl().stdout, '', 'without a certificate');
  t.equal(curl(...as('other')).stdout, '', 'with one that others have signed');
  t.equal(curl(...as('client'), '--tls-max', '1.1').stdout, '', 'with an older protocol');
  t.equal(spawnSync('curl', ['-sS', `http://127.0.0.1:${port}/_ping`]).stdout.toString(), '');
  // Whoever has said all that there is to say still hears the answer.
  const key = readFileSync(at('client.key'));
  const secure = { ca: readFileSync(at('ca.pem')), cert: readFileSync(at('client.pem')), key };
  const half = connect({ port, host: '127.0.0.1', ...secure });
  let heard = '';
  half.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
  });
  half.write('GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n');
  await eventually('the answer is there', () => heard.endsWith('OK'));
  half.destroy();
  child.kill('SIGTERM');
  t.equal(await ended, 0);
  t.equal(log, '');
  const service = join(sandbox.runroot, 'service');
  t.same(existsSync(service) ? readdirSync(service) : [], []);
  const left = () => inProcesses((one) => (one.words().includes(service) ? one.pid : null));
  await eventually('nothing is left', () => left().length === 0);
});

t.test('a port that is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const result = sandbox.run(['system', 'service', ...flags, `tcp://127.0.0.1:${port}`]);
  t.match(result, { code: 125, stderr: /^Error: tcp:\/\/127.0.0.1:\d+: EADDRINUSE\n$/ });
  taken.close();
});

t.test('an acceptor that a signal ends before it listens is the end of the service', async (t) => {
  const start = {
    path: '/bin/sh',
    words: ['-c', 'kill -KILL $$'],
    fds: [],
    env: [],
    socket: at('never'),
  };
  const named = { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key') };
  const port = await freePort();
  t.equal(await serveWithTls(named, [{ host: '127.0.0.1', port }], start), 1);
  const tried = createConnection(port, '127.0.0.1');
  const [error] = await once(tried, 'error');
  t.match(error, { code: 'ECONNREFUSED' }, 'nobody listens');
});

t.test('flags that make no sense', async (t) => {
  const service = (...words: string[]) => sandbox.run(['system', 'service', ...words]).stderr;
  const uri = 'tcp://127.0.0.1:1';
  t.match(service('--tlscert', at('server.pem'), uri), /TLS needs all of --tlscacert/);
  t.match(service(...flags, '--without-tls', uri), /--without-tls does not go with/);
  t.match(service(...flags, `unix://${at('s')}`), /are for tcp:/);
  t.match(service(...files, at('none'), uri), /--tlskey .*none: ENOENT/);
  t.match(service(...files, at('client.key'), uri), /--tlscert, --tlskey, --tlscacert: /);
});
