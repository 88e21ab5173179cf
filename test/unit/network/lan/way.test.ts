import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  findLanWay,
  innerName,
  isHostDevice,
  type LanSurroundings,
} from '../../../../src/network/lan/way.ts';

const directory = t.testdir();
const surroundings = {
  devices: join(directory, 'net'),
  files: join(directory, 'dev'),
  ports: { file: join(directory, 'lxc-usernet'), helper: '/usr/libexec/lxc/lxc-user-nic' },
  user: { name: 'alice', uid: 1000, gids: [1000, 27] },
};

/** A device as /sys/class/net shows it. */
function device(name: string, facts: Record<string, string>): string {
  const path = join(surroundings.devices, name);
  mkdirSync(path, { recursive: true });
  for (const [fact, text] of Object.entries({ flags: '0x1003', mtu: '1500', ...facts })) {
    mkdirSync(join(path, fact, '..'), { recursive: true });
    writeFileSync(join(path, fact), `${text}\n`);
  }
  return name;
}

function refusal(name: string, where = surroundings as LanSurroundings): string {
  try {
    findLanWay(name, where);
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return `${message} (${hint})`;
  }
  return '';
}

t.test('taps by their owner and group', async (t) => {
  const tap = (name: string, owner: number, group = -1, flags = '0x1802') =>
    device(name, { owner: String(owner), group: String(group), tun_flags: flags });
  const way = { kind: 'tap', device: 'mine', mtu: 1500 };
  t.same(findLanWay(tap('mine', 1000), surroundings), way);
  t.equal(findLanWay(tap('ours', -1, 27), surroundings).kind, 'tap');
  for (const name of [
    tap('nobodys', -1),
    tap('hers', 1001),
    tap('theirs', -1, 44),
    tap('half', 1000, 44),
  ]) {
    t.match(refusal(name), `parent ${name}: the tap does not belong to you`);
    t.match(refusal(name), `ip tuntap add dev ${name} mode tap user alice && ip link set dev`);
  }
  t.match(refusal(tap('layer3', 1000, -1, '0x1801')), 'belongs to the administrator');
  device('down', { owner: '1000', group: '-1', tun_flags: '0x1802', flags: '0x1002' });
  t.match(refusal('down'), 'it is down (an administrator has to run: ip link set dev down up)');
});

t.test('macvtaps by their files', async (t) => {
  device('vtap', { ifindex: '7', address: '02:00:00:00:00:07', 'macvtap/tap7/dev': '246:1' });
  t.match(refusal('vtap'), `chown alice ${join(surroundings.files, 'tap7')}`);
  mkdirSync(surroundings.files);
  const file = join(surroundings.files, 'tap7');
  writeFileSync(file, '');
  const way = { kind: 'macvtap', device: 'vtap', mtu: 1500, file, mac: '02:00:00:00:00:07' };
  t.same(findLanWay('vtap', surroundings), way);
});

t.test('bridges by lxc-usernet', async (t) => {
  device('br0', { 'bridge/stp_state': '0' });
  const { ports } = surroundings;
  const allow = `mkdir -p ${directory} && echo 'alice veth br0 1' >>${ports.file}`;
  const tap =
    'ip tuntap add dev br0-alice mode tap user alice && ip link set dev br0-alice master br0 up; then use -o parent=br0-alice';
  t.match(refusal('br0'), `an administrator has to run: ${allow}, or: ${tap})`);
  for (const line of [
    '#alice veth br0 1',
    'bob veth br0 1',
    'alice veth br1 9',
    'alice veth br0 0',
  ]) {
    writeFileSync(ports.file, `${line}\n`);
    t.match(refusal('br0'), 'parent br0: a bridge takes only ports that an administrator allows');
  }
  const way = { kind: 'bridge', device: 'br0', mtu: 1500, helper: ports.helper };
  for (const line of ['alice veth br0 1', '@lan veth br0 2', '# x\n\n  alice\tveth  br0 10 ']) {
    writeFileSync(ports.file, `${line}\n`);
    t.same(findLanWay('br0', surroundings), way);
  }
  const without = { ...surroundings, ports: { ...ports, helper: null } };
  t.match(refusal('br0', without), 'has to run: apt install liblxc-common && mkdir -p');
  device('down0', { 'bridge/stp_state': '0', flags: '0x1002' });
  writeFileSync(ports.file, 'alice veth down0 1\n');
  t.match(refusal('down0'), 'it is down');
});

t.test('other devices are an administrator’s', async (t) => {
  device('enp0s31f6', {});
  t.match(refusal('enp0s31f6'), 'ip link add link enp0s31f6 name enp0s31f6-alice type macvtap');
  device('verylongdevice1', {});
  t.match(refusal('verylongdevice1'), 'name verylongd-alice type');
  t.ok(isHostDevice('br0', surroundings));
  t.notOk(isHostDevice('podman1', surroundings));
  t.notOk(isHostDevice('', surroundings));
});

t.test('names in the bridges’ network', async (t) => {
  t.match(innerName('br0'), /^lan[0-9a-f]{8}$/);
  t.not(innerName('br0'), innerName('br1'));
});
