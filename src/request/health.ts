import type { EnumWord } from '../contract/enums.ts';
import { badValue } from './values.ts';

/** The fate of a container that has become unhealthy. */
export type HealthAction = EnumWord<'healthAction'>;

/** The health flags of `run` and `create`; null: not given, the image's or the default. */
export interface HealthRequest {
  /** --no-healthcheck. */
  disabled: boolean;
  /** As in an image: NONE, CMD with words, or CMD-SHELL with a line. */
  test: string[] | null;
  /** Milliseconds; an interval of 0: only when asked. */
  interval: number | null;
  startInterval: number | null;
  startPeriod: number | null;
  timeout: number | null;
  retries: number | null;
  onFailure: HealthAction;
  startup: StartupCheck | null;
  log: HealthLog;
}

/** The log of results: with the container's records, with the events, or in a directory. */
export interface HealthLog {
  destination: 'local' | 'events_logger' | { directory: string };
  /** Results that are kept, and bytes of output of each. */
  count: number;
  size: number;
}

/** A check that has to succeed before the regular one begins. Times are milliseconds. */
export interface StartupCheck {
  test: string[];
  interval: number;
  timeout: number;
  /** Failures after which the container is restarted; 0: never. */
  retries: number;
  /** 0 counts as 1. */
  successes: number;
}

/** The settings of podman and docker when nothing is said. */
export const healthDefaults = {
  interval: 30_000,
  timeout: 30_000,
  retries: 3,
  logCount: 5,
  logSize: 500,
} as const;

/** A `run` without any health flag. */
export function noHealthRequest(): HealthRequest {
  return {
    disabled: false,
    test: null,
    interval: null,
    startInterval: null,
    startPeriod: null,
    timeout: null,
    retries: null,
    onFailure: 'none',
    startup: null,
    log: {
      destination: 'local',
      count: healthDefaults.logCount,
      size: healthDefaults.logSize,
    },
  };
}

/** A line for the shell, a JSON array of words, or words that begin as an image's test does. */
export function readTest(flag: string, text: string): string[] {
  let words: unknown = null;
  try {
    words = JSON.parse(text);
  } catch {
    // A line.
  }
  if (Array.isArray(words)) {
    if (words.length === 0 || !words.every((word) => typeof word === 'string')) {
      throw badValue(flag, text, 'a JSON array of words is needed');
    }
    const [first = ''] = words;
    if (['CMD', 'CMD-SHELL', 'NONE'].includes(first.toUpperCase())) return words;
    return words.length === 1 ? ['CMD-SHELL', first] : ['CMD', ...words];
  }
  if (text.toLowerCase() === 'none') return ['NONE'];
  const [, kind, rest = ''] = /^(CMD|CMD-SHELL)\s+(.*)$/s.exec(text) ?? [];
  if (kind === 'CMD') return ['CMD', ...rest.split(/\s+/).filter(Boolean)];
  return ['CMD-SHELL', kind === undefined ? text : rest];
}
