import { askBridgeMode } from './run-mode.ts';

/** Parts of the bridges' networks that kernel and machine may lack (addon/net/probe.cc). */
export const bridgeParts = [
  'bridge',
  'veth',
  'macvlan',
  /** Rates (tbf). */
  'shaping',
  /** Rules of what is routed. */
  'firewall',
  /** Rules of what neighbours may send. */
  'guard',
  'egress',
  /** Outgoing TCP as the host's own (tproxy, socket). */
  'gate',
] as const;
export type BridgePart = (typeof bridgeParts)[number];

/** Parts that are there, or why none is. */
export interface BridgeProbe {
  parts: readonly BridgePart[];
  problem: string | null;
}

/** Tries all of them, in namespaces that are gone afterwards; `argv` are a holder's arguments (`holder.ts`). */
export function probeBridges(argv: readonly string[]): BridgeProbe {
  const answer = askBridgeMode('net-probe', { words: argv, fds: [] });
  const [first, ...found] = answer.split(' ');
  if (first !== 'ok') return { parts: [], problem: answer };
  return { parts: bridgeParts.filter((part) => found.includes(part)), problem: null };
}
