import { egressOption, readEgress } from '../../request/egress.ts';
import { isInterfaceName, longestInterfaceName } from './network.ts';
import type { Refuse } from './subnets.ts';

/** Go's strconv.ParseBool. */
function parseFlag(value: string, refuse: Refuse): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  return refuse(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
}

/** A whole number as Go's strconv reads it. */
function parseNumber(value: string, parser: 'Atoi' | 'ParseUint', refuse: Refuse): number {
  const sign = parser === 'Atoi' ? '[+-]?' : '';
  const wrong = (why: string) =>
    refuse(`strconv.${parser}: parsing ${JSON.stringify(value)}: ${why}`);
  if (!new RegExp(`^${sign}\\d+$`).test(value)) return wrong('invalid syntax');
  const number = Number(value);
  const most = parser === 'Atoi' ? Number.MAX_SAFE_INTEGER : 0xffff_ffff;
  return Math.abs(number) > most ? wrong('value out of range') : number;
}

function checkMtu(value: string, refuse: Refuse): string {
  if (value === '') return value;
  const mtu = parseNumber(value, 'Atoi', refuse);
  if (mtu < 0) return refuse(`mtu ${mtu} is less than zero`);
  // The bounds of an interface with IPv4: a veth takes no more, and no less carries any packet (RFC 791).
  if (mtu !== 0 && (mtu < 68 || mtu > 65_535))
    return refuse(`mtu ${mtu} must be between 68 and 65535`);
  return value;
}

function checkVlan(value: string, refuse: Refuse): string {
  if (value === '') return value;
  const vlan = parseNumber(value, 'Atoi', refuse);
  if (vlan < 0 || vlan > 4094) return refuse(`vlan ID ${vlan} must be between 0 and 4094`);
  return value;
}

function checkIsolate(value: string, refuse: Refuse): string {
  if (value === '') return 'false';
  if (value === 'strict') return value;
  return String(
    parseFlag(value, (message) => refuse(`failed to parse isolate option: ${message}`)),
  );
}

function checkMetric(value: string, refuse: Refuse): string {
  parseNumber(value, 'ParseUint', refuse);
  return value;
}

function checkMode(kind: string, modes: readonly string[]) {
  return (value: string, refuse: Refuse): string =>
    modes.includes(value) ? value : refuse(`unknown ${kind} mode ${JSON.stringify(value)}`);
}

function checkEgress(value: string): string {
  return value === '' ? value : (readEgress([value]) ?? []).join(',');
}

type Check = (value: string, refuse: Refuse) => string;

const common: Readonly<Record<string, Check>> = {
  mtu: checkMtu,
  metric: checkMetric,
  no_default_route: (value, refuse) => String(parseFlag(value, refuse)),
};

const known: Readonly<Record<'bridge' | 'macvlan', Readonly<Record<string, Check>>>> = {
  bridge: {
    ...common,
    [egressOption]: checkEgress,
    vlan: checkVlan,
    isolate: checkIsolate,
    mode: checkMode('bridge', ['managed', 'unmanaged']),
  },
  macvlan: {
    ...common,
    mode: checkMode('macvlan', ['bridge', 'private', 'vepa', 'passthru']),
  },
};

/** podman's options that bryo does not have, each with the reason. */
const unavailable: Readonly<Record<string, string>> = {
  vrf: 'containers of one user have no routing domains',
  bclim: 'the queue of broadcasts keeps to what the kernel chooses',
};

/** The options of a network as its file keeps them, with podman's words for those that are wrong. */
export function checkNetworkOptions(
  driver: 'bridge' | 'macvlan',
  options: Readonly<Record<string, string>>,
  refuse: Refuse,
): Record<string, string> {
  const checks = known[driver];
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => {
      if (Object.hasOwn(unavailable, key)) {
        refuse(`network option ${key} is not supported: ${unavailable[key]}`);
      }
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      return [key, check?.(value, refuse) ?? refuse(`unsupported ${driver} network option ${key}`)];
    }),
  );
}

/** docker's names for settings of bridges, as podman takes them. */
export function mapDockerOptions(options: Readonly<Record<string, string>>): {
  options: Record<string, string>;
  interfaceName: string | null;
} {
  const {
    'com.docker.network.driver.mtu': mtu,
    'com.docker.network.bridge.name': name,
    ...rest
  } = options;
  return {
    options: { ...rest, ...(mtu !== undefined && { mtu }) },
    interfaceName: name ?? null,
  };
}

/** Throws podman's words for an interface's name that cannot be one. */
export function checkInterfaceName(what: string, name: string, rule: string, refuse: Refuse): void {
  if (isInterfaceName(name)) return;
  const long = name.length > longestInterfaceName;
  const why = long ? `an interface's name has at most ${longestInterfaceName} characters` : rule;
  refuse(`${what} ${name} invalid: ${why}`);
}
