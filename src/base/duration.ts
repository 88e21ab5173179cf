import { BryoError } from './errors.ts';

const unitMilliseconds: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a Go duration (`1h30m`, `10s`, `300ms`, `-1.5h`, `0`; time.ParseDuration).
 *
 * Throws BryoError `bad-duration`.
 */
export function parseDuration(text: string): number {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy)];
  const matched = parts.reduce((length, [part]) => length + part.length, 0);
  if (rest !== '0' && (parts.length === 0 || matched !== rest.length)) {
    throw new BryoError('bad-duration', `time: invalid duration ${JSON.stringify(text)}`, {
      hint: 'a duration is numbers with ns, us, ms, s, m or h, such as 1h30m',
    });
  }
  const total = parts.reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (unitMilliseconds[unit] ?? 0),
    0,
  );
  return sign === '-' ? -total : total;
}

/** As Go prints a duration: `1h30m0s`, `1.5s`, `300ms`. */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const size = Math.abs(milliseconds);
  if (size === 0) return '0s';
  if (size < 1e-3) return `${sign}${Math.round(size * 1e6)}ns`;
  if (size < 1) return `${sign}${Number((size * 1e3).toFixed(3))}µs`;
  if (size < 1000) return `${sign}${Number(size.toFixed(6))}ms`;
  const minutes = Math.floor(size / 60_000);
  const seconds = `${Number(((size - minutes * 60_000) / 1000).toFixed(9))}s`;
  if (minutes === 0) return sign + seconds;
  if (minutes < 60) return `${sign}${minutes}m${seconds}`;
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** A rough duration for people, `3 minutes`, worded as docker/go-units HumanDuration. */
export function formatRoughDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(seconds / 3600 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(seconds / 3600 / 24 / 365)} years`;
}

/** How long ago something was: `3 minutes ago`. */
export function formatAge(then: Date, now: Date): string {
  return `${formatRoughDuration(now.getTime() - then.getTime())} ago`;
}

/** Digits after a decimal point as nanoseconds; what is finer than those is cut off. */
function fractionNanoseconds(digits: string | undefined): bigint {
  return BigInt((digits ?? '').slice(0, 9).padEnd(9, '0'));
}

const timestampPattern =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Nanoseconds since 1970 of an RFC 3339 timestamp, or null when the text is none. Seconds, time
 * and zone may be missing; without a zone it is local time.
 */
export function parseTimestamp(text: string): bigint | null {
  const match = timestampPattern.exec(text);
  if (match === null) return null;
  const [, date = '', time = '00:00', seconds = '00', fraction, zone = ''] = match;
  const day = Date.parse(`${date}T00:00:00Z`);
  const milliseconds = Date.parse(`${date}T${time}:${seconds}${zone}`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(milliseconds) || new Date(day).toISOString().slice(0, 10) !== date) return null;
  return BigInt(milliseconds) * 1_000_000n + fractionNanoseconds(fraction);
}

/** RFC 3339 in UTC with nine fractional digits: of one width, so texts compare like times. */
export function formatTimestamp(nanoseconds: bigint): string {
  const fraction = nanoseconds % 1_000_000_000n;
  const positive = fraction < 0n ? fraction + 1_000_000_000n : fraction;
  const seconds = (nanoseconds - positive) / 1_000_000_000n;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${text}.${positive.toString().padStart(9, '0')}Z`;
}

/**
 * The moment that `--since` or `--until` means, in nanoseconds since 1970: an RFC 3339 timestamp
 * (date and zone may stand alone or be missing), unix seconds with an optional fraction, or a Go
 * duration that counts back from `now`. Throws BryoError `bad-time`.
 */
export function parseTimeArgument(text: string, now: Date): bigint {
  const timestamp = parseTimestamp(text);
  if (timestamp !== null) return timestamp;
  const unix = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (unix !== null) {
    const [, sign, seconds = '0', fraction] = unix;
    const size = BigInt(seconds) * 1_000_000_000n + fractionNanoseconds(fraction);
    return sign === '-' ? -size : size;
  }
  try {
    const back = BigInt(Math.round(parseDuration(text) * 1e6));
    return BigInt(now.getTime()) * 1_000_000n - back;
  } catch (cause) {
    throw new BryoError('bad-time', `invalid time ${JSON.stringify(text)}`, {
      cause,
      hint: 'give an RFC 3339 timestamp, unix seconds or a duration such as 10m',
    });
  }
}

/** As parseTimeArgument, for the end of a time (podman's `--until`): a duration counts forward from `now`. */
export function parseEndArgument(text: string, now: Date): bigint {
  if (/^[+-]?\d.*[a-zµμ]$/.test(text)) {
    try {
      return BigInt(Math.round((now.getTime() + parseDuration(text)) * 1e6));
    } catch (error) {
      // The text may be a timestamp in another spelling, or nothing of the kind.
      if (!(error instanceof BryoError)) throw error;
    }
  }
  return parseTimeArgument(text, now);
}
