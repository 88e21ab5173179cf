import { badValue, readNumber } from './values.ts';

/** `--restart`: when the monitor starts a container again that has ended by itself. */
export interface RestartRequest {
  policy: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  /** For on-failure; 0: no limit. */
  max: number;
}

/**
 * `--sdnotify`: who tells the service manager that the service is ready: the container's process,
 * the monitor once that runs, the monitor once it is healthy, or nobody.
 */
export type SdnotifyRequest = 'container' | 'conmon' | 'healthy' | 'ignore';

/** `--restart POLICY`, where on-failure may have a number of times. */
export function readRestart(text: string): RestartRequest {
  const [, policy = text, times] = /^([a-z-]*):(.*)$/s.exec(text) ?? [];
  if (times !== undefined && policy !== 'on-failure') {
    throw badValue('--restart', text, 'only on-failure takes a number of times');
  }
  switch (policy) {
    case 'no':
    case 'never':
    case '':
      return { policy: 'no', max: 0 };
    case 'always':
    case 'unless-stopped':
      return { policy, max: 0 };
    case 'on-failure':
      return { policy, max: times === undefined ? 0 : readNumber('--restart', times, 0) };
    default:
      throw badValue('--restart', text, 'no, on-failure[:TIMES], always or unless-stopped');
  }
}

export const sdnotifyModes: readonly SdnotifyRequest[] = [
  'container',
  'conmon',
  'healthy',
  'ignore',
];

/** Throws BryoError for a mode that there is not. */
export function readSdnotify(asked: string): SdnotifyRequest {
  const mode = sdnotifyModes.find((name) => name === asked);
  if (mode === undefined)
    throw badValue('--sdnotify', asked, `one of ${sdnotifyModes.join(', ')} is needed`);
  return mode;
}
