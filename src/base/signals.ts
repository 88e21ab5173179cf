import { constants } from 'node:os';

const sigrtmin = 34;
const sigrtmax = 64;

/**
 * The number of a signal given by number or name, with or without SIG, in any case; `RTMIN+3` and
 * `RTMAX-1` as kill(1) reads them. Null when there is no such signal.
 */
export function parseSignal(asked: string): number | null {
  // As kill(1) has it in front.
  const text = asked.replace(/^-/, '');
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= sigrtmax ? number : null;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realtime !== null) {
    const [, base, sign, offset = '0'] = realtime;
    const start = base === 'MIN' ? sigrtmin : sigrtmax;
    const number = sign === '-' ? start - Number(offset) : start + Number(offset);
    return number >= sigrtmin && number <= sigrtmax ? number : null;
  }
  const known = Object.entries(constants.signals).find(([key]) => key === `SIG${name}`);
  return known?.[1] ?? null;
}

/** Why a text names no signal, in podman's words. */
export function signalProblem(text: string): string {
  const [, digits] = /^-?(\d+)$/.exec(text) ?? [];
  return Number(digits) > sigrtmax
    ? `valid signals are 1 through ${sigrtmax}`
    : `invalid signal: ${text.replace(/^-+/, '')}`;
}

/** The name of a signal (`SIGTERM`), or its number as text when it has none. */
export function signalName(number: number): string {
  const known = Object.entries(constants.signals).find(([, value]) => value === number);
  return known?.[0] ?? String(number);
}
