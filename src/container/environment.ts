import { BryoError } from '../base/errors.ts';

export interface EnvironmentParts {
  /** `KEY=value` words of the image. */
  image: readonly string[];
  requested: Readonly<Record<string, string>>;
  hostname: string;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of a container's process, in podman's order of precedence: built-in values, the
 * image's, the user's. HOME is left to the launcher, which knows the user's entry.
 *
 * The image's words are data: nothing in them is expanded, and a word without `=` is dropped.
 */
export function buildEnvironment(parts: EnvironmentParts): string[] {
  const env = new Map<string, string>([
    ['PATH', defaultPath],
    ['container', 'bryo'],
    ['TERM', 'xterm'],
    ['HOSTNAME', parts.hostname],
  ]);
  for (const word of parts.image) {
    const equals = word.indexOf('=');
    if (equals > 0) env.set(word.slice(0, equals), word.slice(equals + 1));
  }
  for (const [name, value] of Object.entries(parts.requested)) env.set(name, value);
  return [...env].map(([name, value]) => {
    if (name === 'HOME' && value.includes('\n')) {
      throw new BryoError('bad-environment', 'the value of HOME contains a line break');
    }
    return `${name}=${value}`;
  });
}
