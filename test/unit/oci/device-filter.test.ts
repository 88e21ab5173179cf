import t from 'tap';
import { deviceFilter, filterRules } from '../../../src/oci/device-filter.ts';
import { type DeviceRule, readDeviceRules, ways } from '../../../src/oci/device-rules.ts';
import { Fields } from '../../../src/oci/fields.ts';

type Device = { type: 'b' | 'c'; major: number; minor: number };
type Json = Record<string, unknown>;

const read = (devices: Json[]): DeviceRule[] =>
  readDeviceRules(new Fields({ devices }, 'linux.resources'));

/** What the kernel's answer would be: the instructions that a filter is made of, one after the other. */
function run(program: Uint8Array, { type, major, minor }: Device, wanted: number): boolean {
  const context = Buffer.alloc(12);
  context.writeUInt32LE(((wanted << 16) | (type === 'b' ? 1 : 2)) >>> 0, 0);
  context.writeUInt32LE(major, 4);
  context.writeUInt32LE(minor, 8);
  const text = Buffer.from(program);
  const registers = new Array<number>(11).fill(0);
  for (let at = 0; ; ++at) {
    const code = text.readUInt8(at * 8);
    const to = text.readUInt8(at * 8 + 1) & 15;
    const from = text.readUInt8(at * 8 + 1) >> 4;
    const offset = text.readInt16LE(at * 8 + 2);
    const value = text.readInt32LE(at * 8 + 4);
    const own = registers[to] ?? 0;
    if (code === 0x95) return registers[0] === 1;
    if (code === 0x61) registers[to] = context.readUInt32LE(offset);
    else if (code === 0xbf) registers[to] = registers[from] ?? 0;
    else if (code === 0xb7) registers[to] = value;
    else if (code === 0x57) registers[to] = own & value;
    else if (code === 0x77) registers[to] = own >>> value;
    else if (code === 0x55) at += own === value ? 0 : offset;
    else if (code === 0x15) at += own === value ? offset : 0;
    else if (code === 0x05) at += offset;
    else throw new Error(`instruction ${code}`);
  }
}

const all = [1, 2, 3, 4, 5, 6, 7];
const disk: Device = { type: 'b', major: 8, minor: 0 };

/** The ways in which a device may be used under the rules of a configuration. */
function usable(devices: Json[], device: Device): string {
  const program = deviceFilter(filterRules(read(devices), []));
  const letters = (['r', 'w', 'm'] as const).filter((way) => run(program, device, ways[way]));
  return letters.join('');
}

t.test(
  'what no rule allows is denied, but for making nodes and the devices of every container',
  async (t) => {
    t.equal(usable([], disk), 'm');
    for (const minor of [3, 5, 7, 8, 9]) t.equal(usable([], { type: 'c', major: 1, minor }), 'rwm');
    t.equal(usable([], { type: 'c', major: 1, minor: 11 }), 'm', '/dev/kmsg');
    t.equal(usable([], { type: 'c', major: 136, minor: 77 }), 'rwm', 'a terminal');
    t.equal(usable([{ allow: false, access: 'rwm' }], { type: 'c', major: 1, minor: 3 }), 'rwm');
    t.equal(usable([{ allow: false, access: 'rwm' }], disk), 'm');
  },
);

t.test('the last rule that concerns a device counts, way by way', async (t) => {
  const open = { allow: true, access: 'rwm' };
  t.equal(usable([open], disk), 'rwm');
  t.equal(usable([open, { allow: false, type: 'b', major: 8, access: 'w' }], disk), 'rm');
  t.equal(usable([{ allow: false, type: 'b', access: 'w' }, open], disk), 'rwm');
  t.equal(usable([{ allow: true, type: 'b', major: 8, minor: 0, access: 'r' }], disk), 'rm');
  t.equal(usable([{ allow: true, type: 'b', major: 8, minor: 1, access: 'r' }], disk), 'm');
  t.equal(usable([{ allow: true, type: 'c', access: 'rw' }], disk), 'm');
  t.equal(usable([{ allow: true, type: 'b', major: -1, access: 'w' }], disk), 'wm');
  t.equal(usable([{ allow: true }], disk), 'rwm', 'all devices, without a word on how');
  t.equal(usable([open, { allow: false, type: 'b' }], disk), 'm');
  t.equal(usable([{ allow: true, type: 'b' }], disk), 'm');
});

t.test('a device that the configuration gives is allowed where there are no rules', async (t) => {
  const program = deviceFilter(filterRules([], [{ ...disk, path: '/x', source: '/x' }]));
  t.ok(all.every((wanted) => run(program, disk, wanted)));
  t.notOk(run(program, { ...disk, minor: 1 }, ways.r));
});

t.test('every list of rules is kept to the letter', async (t) => {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const pick = <T>(...items: T[]): T => items[random(items.length)] as T;
  for (let round = 0; round < 300; ++round) {
    const rules = Array.from({ length: random(6) }, () => ({
      allow: pick(true, false),
      type: pick('a', 'b', 'c'),
      major: pick(-1, 8, 9),
      minor: pick(-1, 0, 1),
      access: pick('r', 'w', 'm', 'rw', 'rwm'),
    }));
    const device = { type: pick<'b' | 'c'>('b', 'c'), major: pick(8, 9), minor: pick(0, 1) };
    const program = deviceFilter(read(rules));
    const left = rules
      .filter(({ type, major, minor }) => {
        const numbers = [-1, device.major].includes(major) && [-1, device.minor].includes(minor);
        return numbers && ['a', device.type].includes(type);
      })
      .reduce((allowed, { allow, access }) => {
        const bits = [...access].reduce((sum, way) => sum | ways[way as 'r'], 0);
        return allow ? allowed | bits : allowed & ~bits;
      }, 0);
    for (const wanted of all) {
      const expected = (left & wanted) === wanted;
      t.equal(run(program, device, wanted), expected, JSON.stringify({ rules, device, wanted }));
    }
  }
});

t.test('rules that say nothing sensible', async (t) => {
  t.throws(() => read([{ allow: true, type: 'x' }]), /devices\[0\]\.type is not a, b, c or u/);
  t.throws(() => read([{ allow: true, access: 'rx' }]), /access is not made of r, w and m/);
  t.throws(() => read([{ allow: 'yes' }]), /allow is no boolean/);
  const many = new Array<Json>(5001).fill({ allow: true });
  t.equal(read(many.slice(1)).length, 5000);
  t.throws(() => read(many), /devices cannot be honoured: there are more than 5000 rules/);
});
