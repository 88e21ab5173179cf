import { type LogLevel, logLevels } from '../engine/engine.ts';

/** The last words of a command in its debug log: scripts that read podman's wait for them. */
export const shuttingDown = 'Shutting down engines';

/** The words of --log-level. */
export const levelWords = logLevels.flatMap((level) =>
  level === 'warn' ? ['warn', 'warning'] : [level],
);

/** The level that a word stands for; null: none. */
export function readLogLevel(word: string): LogLevel | null {
  const name = word.toLowerCase();
  if (name === 'warning') return 'warn';
  return logLevels.find((level) => level === name) ?? null;
}

/** logrus quotes what has other characters than these. */
function quoted(text: string): string {
  return /^[\w\-./@^+]+$/.test(text) ? text : JSON.stringify(text);
}

/** The time of day with seconds and the zone's offset (RFC 3339). */
function stamp(now: Date): string {
  const offset = -now.getTimezoneOffset();
  const local = new Date(now.getTime() + offset * 60_000).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const minutes = Math.abs(offset);
  return `${local}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/**
 * A message of the log: for people as a sentence, for programs, which match podman's, as logrus writes
 * it: `time="…" level=warning msg="…"`.
 */
export function logLine(level: LogLevel, message: string, forPeople: boolean, now: Date): string {
  const name = level === 'warn' ? 'warning' : level;
  if (!forPeople) return `time="${stamp(now)}" level=${name} msg=${quoted(message)}`;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${message}`;
}
