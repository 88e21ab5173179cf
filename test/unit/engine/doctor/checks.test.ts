import t from 'tap';
import { judge } from '../../../../src/engine/system/doctor/checks.ts';
import type { DoctorFacts } from '../../../../src/engine/system/doctor/facts.ts';
import { type BridgePart, bridgeParts } from '../../../../src/network/bridge/probe.ts';

const healthy: DoctorFacts = {
  uid: 1000,
  user: 'me',
  kernel: '6.1.0-13-amd64',
  subuids: [{ start: 100_000, count: 65_536 }],
  subgids: [{ start: 100_000, count: 65_536 }],
  programs: {
    newuidmap: '/x',
    newgidmap: '/x',
    slirp4netns: '/x',
    pasta: '/x',
    nft: '/x',
    'fuse-overlayfs': '/x',
  },
  mapperPrivileged: true,
  sysctls: { 'net/ipv4/ip_unprivileged_port_start': '80' },
  appArmor: { label: null, profile: null, profileName: 'bryo' },
  usernsError: null,
  devices: { '/dev/fuse': 'ok', '/dev/net/tun': 'ok' },
  cgroupVersion: 2,
  keys: { used: 5, most: 200 },
  bridges: { parts: bridgeParts, problem: null },
  pastaMapsHost: true,
  delegated: ['cpu', 'memory', 'pids'],
  runtimeDir: { path: '/run/user/1000', problem: null },
  lingering: true,
  systemd: true,
  requestedDriver: null,
  overlayRefusal: null,
  fuseRefusal: null,
  dataDir: { path: '/home/me', freeBytes: 1e11, type: 0 },
  configuration: { files: [], idle: {}, unknown: [] },
};

function finding(check: string, changes: Partial<DoctorFacts>) {
  return judge({ ...healthy, ...changes }).find((one) => one.check === check);
}

t.test('nothing to complain about', async (t) => {
  t.same(
    judge(healthy).filter(({ status }) => status !== 'ok'),
    [],
  );
});

t.test('every finding has its mending command', async (t) => {
  t.match(finding('subordinate ids', { subuids: [] }), {
    status: 'error',
    fix: /usermod --add-subuids .* me$/,
  });
  t.match(finding('subordinate ids', { subgids: [{ start: 1, count: 100 }] }), {
    status: 'warning',
  });
  t.match(finding('newuidmap, newgidmap', { programs: { ...healthy.programs, newuidmap: null } }), {
    status: 'error',
    fix: /apt install uidmap/,
  });
  t.match(finding('newuidmap, newgidmap', { mapperPrivileged: false }), { fix: /reinstall/ });
  const refused = (name: string, value: string) => ({
    usernsError: 'no',
    sysctls: { [name]: value },
  });
  t.match(
    finding('user namespaces', refused('kernel/apparmor_restrict_unprivileged_userns', '1')),
    { status: 'error', fix: /^\.\/install\.sh brings a profile/ },
  );
  const profile = '/l/apparmor-profile';
  const appArmor = { label: 'bryo (unconfined)', profile, profileName: 'bryo.me' };
  const restricted = refused('kernel/apparmor_restrict_unprivileged_userns', '1');
  t.match(finding('user namespaces', { ...restricted, appArmor }), {
    fix: 'sudo install -m 644 /l/apparmor-profile /etc/apparmor.d/bryo.me && sudo apparmor_parser --replace /etc/apparmor.d/bryo.me',
  });
  t.match(finding('user namespaces', { ...restricted, appArmor, usernsError: null }), {
    status: 'ok',
    message: /by the profile bryo \(unconfined\)/,
  });
  t.match(finding('user namespaces', refused('kernel/unprivileged_userns_clone', '0')), {
    fix: /userns_clone=1/,
  });
  t.match(finding('user namespaces', refused('user/max_user_namespaces', '0')), {
    fix: /max_user_namespaces/,
  });
  t.match(finding('kernel keys', { keys: { used: 180, most: 200 } }), {
    status: 'warning',
    message: /^180 of 200 are in use/,
    fix: 'sudo sysctl kernel.keys.maxkeys=2000',
  });
  t.match(finding('kernel keys', { keys: { used: 4980, most: 5000 } }), { fix: /maxkeys=20000$/ });
  t.match(finding('kernel keys', { keys: null }), { status: 'ok' });
  t.match(finding('kernel', { kernel: '5.10.0' }), { status: 'error' });
  t.match(finding('storage driver', { overlayRefusal: 'no' }), { message: /fuse-overlayfs/ });
  t.match(finding('storage driver', { overlayRefusal: 'no', fuseRefusal: 'no' }), {
    message: /vfs/,
    fix: /apt install/,
  });
  t.match(finding('storage driver', { requestedDriver: 'vfs', overlayRefusal: 'no' }), {
    status: 'ok',
    message: 'vfs, which was asked for',
  });
  t.match(finding('storage driver', { requestedDriver: 'overlay', overlayRefusal: 'no' }), {
    status: 'error',
    message: 'overlay, which was asked for: no',
  });
  t.match(finding('/dev/net/tun', { devices: { ...healthy.devices, '/dev/net/tun': 'missing' } }), {
    fix: /modprobe tun/,
  });
  t.match(finding('/dev/fuse', { devices: { ...healthy.devices, '/dev/fuse': 'denied' } }), {
    fix: /chmod 666/,
  });
  t.match(finding('network helper', { programs: { ...healthy.programs, slirp4netns: null } }), {
    status: 'error',
    fix: /apt install slirp4netns/,
  });
  t.match(finding('control groups', { cgroupVersion: 1 }), { status: 'warning' });
  t.match(finding('control groups', { delegated: ['memory', 'pids'] }), {
    message: /not delegated: cpu/,
    fix: /Delegate=/,
  });
  t.match(finding('XDG_RUNTIME_DIR', { runtimeDir: { path: null, problem: 'it is not set' } }), {
    fix: /enable-linger me/,
  });
  t.match(finding('linger', { lingering: false }), { fix: /enable-linger/ });
  t.match(finding('low ports', { sysctls: {} }), { fix: /ip_unprivileged_port_start=80/ });
  t.match(finding('data directory', { dataDir: { path: '/n', freeBytes: 1e11, type: 0x6969 } }), {
    message: /NFS/,
  });
  t.match(finding('data directory', { dataDir: { path: '/n', freeBytes: 1e6, type: 0 } }), {
    message: /only 1MB left/,
  });
});

t.test('what networks lack', async (t) => {
  const without = (...lacking: BridgePart[]) => ({
    bridges: { parts: bridgeParts.filter((part) => !lacking.includes(part)), problem: null },
  });
  const programs = (name: string) => ({ programs: { ...healthy.programs, [name]: null } });
  t.match(finding('pasta', programs('pasta')), { status: 'warning', fix: /install passt/ });
  t.match(finding('pasta', { pastaMapsHost: false }), { status: 'ok', message: /older than/ });
  t.match(finding('bridge networks', without('bridge')), {
    status: 'warning',
    message: /no interfaces of kind bridge: there are none/,
    fix: 'sudo modprobe -a bridge',
  });
  t.match(finding('bridge networks', without('bridge', 'veth')), { fix: /bridge veth$/ });
  t.match(finding('bridge networks', programs('slirp4netns')), { message: /slirp4netns/ });
  const noTun = { devices: { ...healthy.devices, '/dev/net/tun': 'missing' as const } };
  t.match(finding('bridge networks', noTun), { message: /tun/ });
  t.match(finding('bridge networks', { bridges: { parts: [], problem: 'no ids' } }), {
    message: 'cannot be made: no ids',
  });
  t.match(finding('firewall of bridges', programs('nft')), { fix: /apt install nftables/ });
  t.match(finding('firewall of bridges', without('firewall', 'guard', 'egress')), {
    fix: /modprobe -a nf_tables/,
  });
  t.match(finding('firewall of bridges', without('guard')), { message: /can forge/ });
  t.match(finding('firewall of bridges', without('egress')), { message: /--egress is refused/ });
  t.match(finding('firewall of bridges', without('bridge')), { status: 'ok' }, 'told of once');
  t.match(finding('outgoing TCP', without('gate')), {
    message: /goes through slirp4netns/,
    fix: /nft_tproxy/,
  });
  t.match(finding('macvlan and rates', without('macvlan', 'shaping')), {
    fix: 'sudo modprobe -a macvlan sch_tbf',
  });
});
