import t from 'tap';
import { PodAnnotations } from '../../../src/kube/annotations.ts';
import { filesOf } from '../../../src/kube/files.ts';
import { type PodChoices, podRequest } from '../../../src/kube/pod-request.ts';
import { parsePort } from '../../../src/request/ports.ts';
import { podOf, readPod } from './read-pod.ts';

t.test('the pod', async (t) => {
  const choices: PodChoices = {
    network: null,
    noHosts: false,
    noHostname: false,
    ports: [],
    publishAll: false,
    userns: null,
  };
  const holder = (container: object, others = {}, changed: Partial<PodChoices> = {}) => {
    const { pod } = readPod(podOf(container, others));
    return podRequest(pod, new PodAnnotations(pod, {}), { ...choices, ...changed });
  };
  const usual = holder({});
  t.match(usual, {
    name: 'web',
    hostname: null,
    labels: { app: 'x' },
    sharesPid: false,
    restart: { policy: 'always' },
  });
  t.match(usual.options, {
    network: { mode: 'bridge', networks: [{ network: 'podman-default-kube', aliases: ['c'] }] },
    userns: { mode: 'host' },
    ports: [],
  });
  const ports = [
    { containerPort: 80 },
    { containerPort: 90, hostPort: 9000, hostIP: '127.0.0.1', protocol: 'UDP' },
  ];
  const own = { hostIp: '127.0.0.1', hostPort: 9000, containerPort: 90, count: 1, protocol: 'udp' };
  t.same(holder({ ports }).options.ports, [own]);
  t.match(holder({ ports }, {}, { publishAll: true }).options.ports, [{ hostPort: 80 }, own]);
  const published = parsePort('7000:90/udp');
  t.same(holder({ ports }, {}, { ports: [published] }).options.ports, [published]);
  t.match(holder({}, { spec: { hostNetwork: true } }).options, {
    network: { mode: 'host' },
    uts: 'host',
  });
  t.match(holder({}, { spec: { hostPID: true, hostIPC: true, hostUsers: false } }).options, {
    pid: 'host',
    ipc: 'host',
    userns: { mode: 'auto' },
  });
  t.match(holder({}, { spec: { hostUsers: false } }, { userns: 'keep-id' }).options.userns, {
    mode: 'keep-id',
  });
  const dnsConfig = {
    nameservers: ['1.1.1.1'],
    searches: ['a.b'],
    options: [{ name: 'ndots', value: '2' }, { name: 'debug' }],
  };
  const hostAliases = [{ ip: '10.0.0.1', hostnames: ['a', 'b'] }];
  t.match(holder({}, { spec: { dnsConfig, hostAliases } }).options, {
    dns: ['1.1.1.1'],
    dnsSearch: ['a.b'],
    dnsOptions: ['ndots:2', 'debug'],
    addHosts: [
      { host: 'a', address: '10.0.0.1' },
      { host: 'b', address: '10.0.0.1' },
    ],
  });
  t.throws(
    () => holder({}, { spec: { hostAliases } }, { noHosts: true }),
    /will not work with --no-hosts/,
  );
  t.throws(
    () => holder({}, { spec: { dnsConfig: { nameservers: ['x'] } } }),
    /spec\.dnsConfig: "x": an IP address/,
  );
});

t.test('files of ConfigMaps', async (t) => {
  const { pod } = readPod(podOf({}));
  const { field } = pod.spec;
  const keys = { name: 'm', optional: false, mode: 0o644, items: null };
  const data = { a: Buffer.from('1'), b: Buffer.from('2') };
  t.same([...filesOf(keys, data, field).keys()], ['a', 'b']);
  const items = [
    { key: 'b', path: 'sub/c' },
    { key: 'none', path: 'd' },
  ];
  t.same([...filesOf({ ...keys, items }, data, field)], [['sub/c', Buffer.from('2')]]);
  for (const key of ['../x', '..', 'a/b', '']) {
    t.throws(() => filesOf(keys, { [key]: Buffer.from('') }, field), /is no name of a file/);
  }
});
