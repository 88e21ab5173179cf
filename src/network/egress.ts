import { randomBytes } from 'node:crypto';
import { containsIp, formatCidr, type IpNetwork } from '../base/ip-network.ts';
import type { EgressRule } from '../request/egress.ts';

/** Destinations beyond its networks that a container may reach by one of them. */
export interface EgressPolicy {
  /** Of this attachment alone, and never used again. */
  number: number;
  rules: readonly EgressRule[];
}

/** A policy of its own for an attachment; null: there are no rules, and everything may be reached. */
export function newPolicy(rules: readonly EgressRule[] | null): EgressPolicy | null {
  if (rules === null) return null;
  // 0 is none.
  return { number: (randomBytes(4).readUInt32LE() || 1) >>> 0, rules };
}

function portWords({ to }: EgressRule): string {
  return to === null ? '' : ` ${to.protocol} ${to.port}`;
}

function holds(wide: IpNetwork, narrow: IpNetwork): boolean {
  return (
    wide.prefix <= narrow.prefix && containsIp(wide, { family: narrow.family, value: narrow.base })
  );
}

/** Networks and ports that a policy opens for good, as the launcher has it: sets of the firewall take no network within another. */
export function lastingOpenings({ rules }: EgressPolicy): string[] {
  const open = rules.flatMap((rule) =>
    rule.name === null && rule.within !== null
      ? [{ network: rule.within, ports: portWords(rule) }]
      : [],
  );
  const words = open
    .filter(
      (one) =>
        !open.some(
          (other) =>
            (other.ports === '' || other.ports === one.ports) &&
            holds(other.network, one.network) &&
            !(other.ports === one.ports && other.network.prefix === one.network.prefix),
        ),
    )
    .map(({ network, ports }) => `${formatCidr(network)}${ports}`);
  return [...new Set(words)];
}

/** The facts of a policy for the name service, which opens the addresses of names (addon/net/dns_rules.h). */
export function policyFacts({ number, rules }: EgressPolicy): string[] {
  const named = rules.flatMap(({ name, within, to }) =>
    name === null
      ? []
      : [
          [
            name,
            within === null ? '-' : formatCidr(within),
            to?.protocol ?? '-',
            to === null ? '-' : String(to.port),
          ].join(','),
        ],
  );
  return [`policy ${number}`, ...[...new Set(named)].map((rule) => `egress ${rule}`)];
}
