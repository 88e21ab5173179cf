// Requests that are nearly right: every one gets an answer, and none of them an error that nobody expected.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import type { RouteEntry } from '../../../src/api/route/route.ts';
import { routes } from '../../../src/api/routes.ts';
import { type ApiBench, exchange, openApiBench } from '../../support/api.ts';
import { playCaller } from '../../support/fake-engine.ts';

playCaller();

/** Routes that start processes, ask the network or the machine, or have answers without end. */
const elsewhere =
  /\/(start|restart|stop|kill|wait|attach|ws|exec|build|commit|push|pull|events|stats|top|logs|search|auth|info|df|mount|unmount|healthcheck|checkpoint|restore|export|archive|init|pause|unpause|play|kube|generate|usage|prune|import|load|get|json\/x|session|grpc|secrets|distribution|manifests|changes|showmounted|resize|local|context|scp)(\/|$)|\/images\/create|\/system\/check/;

const asked = routes.filter(({ path }) => !elsewhere.test(path));

/** Bodies of which each has many fields. */
const bodies: Readonly<Record<string, unknown>> = {
  'docker /containers/create': {
    Image: 'web',
    Cmd: ['true'],
    Entrypoint: 'sh',
    Env: ['A=b'],
    Labels: { a: 'b' },
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/data': {} },
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1_000_000_000, Retries: 3 },
    StopSignal: 'SIGTERM',
    User: '1:1',
    HostConfig: {
      NetworkMode: 'none',
      Binds: ['/tmp:/x:ro'],
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
      Memory: 100_000_000,
      NanoCpus: 500_000_000,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      CapAdd: ['NET_ADMIN'],
      Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'r' }],
      Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
      Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1000, Mode: 448 } }],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
      ExtraHosts: ['a:1.2.3.4'],
      Tmpfs: { '/u': 'size=1m' },
      Sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    NetworkingConfig: { EndpointsConfig: { net: { Aliases: ['x'] } } },
  },
  'libpod /containers/create': {
    image: 'web',
    command: ['true'],
    env: { A: 'b' },
    labels: { a: 'b' },
    mounts: [{ type: 'tmpfs', destination: '/t', options: ['size=1m'] }],
    portmappings: [{ container_port: 80, host_port: 8080, protocol: 'tcp' }],
    netns: { nsmode: 'none' },
    resource_limits: { memory: { limit: 100_000_000 }, cpu: { quota: 1000, period: 2000 } },
    healthconfig: { Test: ['CMD', 'true'], Interval: 1_000_000_000 },
    user: '1:1',
    restart_policy: 'on-failure',
    rlimits: [{ type: 'nofile', soft: 1, hard: 2 }],
    sysctl: { 'net.ipv4.ip_forward': '1' },
    volumes: [{ Name: 'data', Dest: '/data', Options: ['ro'] }],
  },
};
const anyBody = {
  Name: 'n',
  name: 'n',
  Driver: 'bridge',
  Labels: { a: 'b' },
  Options: { a: 'b' },
  IPAM: { Config: [{ Subnet: '10.9.0.0/24', Gateway: '10.9.0.1' }] },
  Container: 'one',
  EndpointConfig: { Aliases: ['x'], IPAMConfig: { IPv4Address: '10.9.0.7' } },
  subnets: [{ subnet: '10.9.0.0/24' }],
  Memory: 100_000_000,
  RestartPolicy: { Name: 'no' },
};

const long = 'x'.repeat(5000);
const odd: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    1e308,
    0.5,
    '',
    long,
    '\0',
    '../..',
    'a:b:c:d',
    '1',
    [],
    {},
    [[[[]]]],
    [null],
  ],
  ...[{ toString: 1 }, JSON.parse('{"__proto__":{"a":1}}'), [{}], ['', ''], { '': '' }, '\ud800'],
];

/** Errors that podman itself answers with a 500, and what a machine without id maps does. */
const known = /invalid parameter filters|invalid image reference|cannot map ids/;

/** A number in [0, 1) (mulberry32): each run asks the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = randomFrom(21);
const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

/** The value with one thing in it, at any depth, that is something else. */
function mutated(value: unknown): unknown {
  const isPart = typeof value === 'object' && value !== null;
  const keys = isPart ? Object.keys(value) : [];
  if (keys.length === 0 || random() < 0.15) return oneOf(odd);
  const key = oneOf(keys);
  const copy: unknown = Array.isArray(value) ? [...value] : { ...(value as object) };
  const place = copy as Record<string, unknown>;
  place[key] = mutated(place[key]);
  return copy;
}

function damaged(message: Buffer): Buffer {
  const at = Math.floor(random() * message.length);
  const rest = message.subarray(at + (random() < 0.5 ? 1 : 0));
  const bytes = oneOf(['', '\r\n', '\0', ' ', '\xff', '%', ':', '"', '{', '0', 'a'.repeat(9000)]);
  return Buffer.concat([message.subarray(0, at), Buffer.from(bytes, 'latin1'), rest]);
}

const parameters: Readonly<Record<string, readonly string[]>> = {
  container: ['one', 'two', '..', '%2e%2e%2f', 'o', '%00', long],
  image: ['web', 'localhost/web:latest', '..', 'sha256:', '%40', 'a/b/c/../d', long],
  network: ['net', 'podman', 'bridge', 'host', '..%2f', ''],
  volume: ['data', 'none', '..', '%2fetc', '.'],
};

async function messageOf(entry: RouteEntry): Promise<Buffer> {
  const { method, path, api, load } = entry;
  const filled = path.replace(/\{([a-z]+)(\.\.\.)?\}/g, (_, name: string) =>
    oneOf(parameters[name] ?? ['one', 'x', '..', long]),
  );
  const { query = {} } = await load();
  const words = Object.keys(query)
    .filter(() => random() < 0.4)
    .map((name) => {
      const values = ['1', 'true', '', '-1', 'x', '{"label":["a"]}', '{"a":1}', '{', '%00', '[]'];
      return `${name}=${encodeURIComponent(oneOf(values))}`;
    });
  const target = `${oneOf(['', '/v1.41', '/v4.0.0', '/v5.4.2'])}${api === 'libpod' ? '/libpod' : ''}${filled}?${words.join('&')}`;
  const sample = bodies[`${api} ${path}`] ?? anyBody;
  const body = method === 'POST' || method === 'PUT' ? JSON.stringify(mutated(sample)) : '';
  const type = body === '' ? '' : 'Content-Type: application/json\r\n';
  const head = `${method} ${target} HTTP/1.1\r\nHost: d\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const message = Buffer.from(head + body);
  return random() < 0.4 ? damaged(message) : message;
}

async function benchOf(t: Parameters<typeof openApiBench>[0]): Promise<ApiBench> {
  const bench = openApiBench(t);
  await bench.ok('create --name one -v data:/data -p 8080:80 web');
  return bench;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use. */
function inUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

t.setTimeout(600_000);
t.test('requests that are nearly right', async (t) => {
  const statuses = new Map<number, number>();
  for (const entry of asked) {
    const bench = await benchOf(t);
    for (let count = 0; count < 25; count += 1) {
      const message = await messageOf(entry);
      const shown = message.toString('latin1').slice(0, 600);
      const before = bench.logged.length;
      const { status, body } = await exchange(bench.engine, message);
      if (status === 500) t.match(body, known, shown);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const unexpected = bench.logged.slice(before).filter((line) => /^error|\n\s+at /.test(line));
      if (unexpected.length > 0) t.same([shown, ...unexpected], [shown], 'nothing unexpected');
      if (Number.isNaN(status)) t.match(shown, /^\s*$/, 'only nothing gets no answer');
    }
  }
  t.ok((statuses.get(400) ?? 0) > 100, 'many are refused');
  t.ok((statuses.get(200) ?? 0) > 100, 'and many are served');
  t.comment([...statuses].join(' '));
});

t.test('memory does not grow with them', async (t) => {
  const bench = await benchOf(t);
  const some = asked.filter(({ method }) => method === 'GET');
  const ask = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      for (const entry of some) await exchange(bench.engine, await messageOf(entry));
    }
  };
  await ask(10);
  const before = inUse();
  await ask(40);
  const grown = inUse() - before;
  t.ok(grown < 4 * 1024 * 1024, `${grown} bytes`);
});
