import type { BridgePart } from '../../../network/bridge/probe.ts';
import type { DoctorFacts } from './facts.ts';
import { type DoctorFinding, failure, ok, warning } from './finding.ts';

type Check = (facts: DoctorFacts) => DoctorFinding;

const networkHelper: Check = ({ programs }) => {
  const check = 'network helper';
  if (programs['slirp4netns'] !== null) return ok(check, 'slirp4netns');
  return failure(
    check,
    'slirp4netns is not installed: containers have no network',
    'sudo apt install slirp4netns',
  );
};

const pasta: Check = ({ programs, pastaMapsHost }) => {
  const check = 'pasta';
  if (programs['pasta'] === null) {
    return warning(
      check,
      'not installed: --network pasta is not available',
      'sudo apt install passt',
    );
  }
  if (pastaMapsHost) return ok(check, 'installed');
  return ok(
    check,
    'older than August 2024: with --network pasta containers reach the host by an address of it that is not theirs, if there is one, and none after the host’s address has changed',
  );
};

/** Parts without which there are no bridges, and the modules that have them. */
const needed = { bridge: 'bridge', veth: 'veth' } as const;

const bridges: Check = ({ programs, devices, bridges: { parts, problem } }) => {
  const check = 'bridge networks';
  if (programs['slirp4netns'] === null) {
    return warning(check, 'there are none without slirp4netns', 'sudo apt install slirp4netns');
  }
  if (devices['/dev/net/tun'] !== 'ok') {
    return warning(check, 'there are none without /dev/net/tun', null);
  }
  if (problem !== null) return warning(check, `cannot be made: ${problem}`, null);
  const missing = Object.entries(needed).filter(([part]) => !parts.includes(part as BridgePart));
  if (missing.length === 0) return ok(check, 'can be made; slirp4netns leads outside');
  const names = missing.map(([part]) => part).join(' and ');
  const modules = missing.map(([, module]) => module).join(' ');
  const lost = `the kernel makes no interfaces of kind ${names}: there are none`;
  return warning(check, lost, `sudo modprobe -a ${modules}`);
};

/** A row for a part of the bridges that they do without; not judged where there are none. */
function part(check: string, judgement: (facts: DoctorFacts) => DoctorFinding): Check {
  return (facts) =>
    bridges(facts).status === 'ok' ? judgement(facts) : ok(check, 'there are no bridge networks');
}

const firewall = part('firewall of bridges', ({ programs, bridges: { parts } }) => {
  const check = 'firewall of bridges';
  const forged = 'neighbours on a bridge can forge addresses';
  const lost = `${forged}, nothing leads outside by IPv6, and --egress is refused`;
  if (programs['nft'] === null) {
    return warning(check, `nft is not installed: ${lost}`, 'sudo apt install nftables');
  }
  if (!parts.includes('firewall')) {
    return warning(
      check,
      `the kernel has no nf_tables: ${lost}`,
      'sudo modprobe -a nf_tables nft_fib_inet nft_ct nft_masq nft_reject_inet',
    );
  }
  if (!parts.includes('guard')) {
    return warning(check, `the kernel has no nf_tables for bridges: ${forged}`, null);
  }
  if (!parts.includes('egress')) {
    return warning(check, 'the kernel has no marks of connections: --egress is refused', null);
  }
  return ok(check, 'nft');
});

const gate = part('outgoing TCP', ({ bridges: { parts } }) => {
  const check = 'outgoing TCP';
  if (parts.includes('gate')) return ok(check, "goes out as the host's own connections do");
  return warning(
    check,
    'of bridges goes through slirp4netns, which is slower: the kernel has no tproxy, or there is no nft',
    'sudo modprobe -a nft_tproxy nft_socket',
  );
});

const further = part('macvlan and rates', ({ bridges: { parts } }) => {
  const check = 'macvlan and rates';
  const lacks = [
    ...(parts.includes('macvlan') ? [] : [['macvlan', '--driver macvlan is refused']]),
    ...(parts.includes('shaping') ? [] : [['sch_tbf', 'rate= is refused']]),
  ];
  if (lacks.length === 0) return ok(check, 'there are both');
  const why = lacks.map(([module, lost]) => `the kernel has no ${module}: ${lost}`).join('; ');
  return warning(check, why, `sudo modprobe -a ${lacks.map(([module]) => module).join(' ')}`);
});

const lowPorts: Check = ({ sysctls }) => {
  const check = 'low ports';
  const start = Number(sysctls['net/ipv4/ip_unprivileged_port_start'] ?? 1024);
  if (start <= 80) return ok(check, `from ${start} on`);
  return warning(
    check,
    `ports below ${start} cannot be published`,
    'sudo sysctl -w net.ipv4.ip_unprivileged_port_start=80',
  );
};

/** The checks of what networks need, most serious first. */
export const networkChecks: readonly Check[] = [
  networkHelper,
  pasta,
  bridges,
  firewall,
  gate,
  further,
  lowPorts,
];
