import { BryoError } from '../base/errors.ts';
import { names } from '../contract/names.ts';
import type { OciSpec } from '../plan/spec.ts';
import type { EnvironmentRequest } from '../request/environment.ts';
import { noEnvironmentRequest } from '../request/environment.ts';

export interface EnvironmentParts {
  /** `KEY=value` words of the image. */
  image: readonly string[];
  requested: Readonly<Record<string, string>>;
  hostname: string;
  /** Whether there is a terminal, so that TERM says which. */
  terminal: boolean;
  request?: EnvironmentRequest;
}

function imageVariables(words: readonly string[]): Map<string, string> {
  const env = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) env.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return env;
}

/** `$NAME` and `${NAME}` by the given values alone; what is not among them is empty. */
function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
    (_, braced?: string, bare?: string) => values.get(braced ?? bare ?? '') ?? '',
  );
}

function merged(words: readonly string[], image: ReadonlyMap<string, string>) {
  return words.map((word) => {
    const equals = word.indexOf('=');
    return [word.slice(0, equals), expand(word.slice(equals + 1), image)] as const;
  });
}

/**
 * The environment of a container's process, in podman's order of precedence: built-in values, the
 * image's, the caller's, the user's. HOME is left to the launcher, which knows the user's entry.
 *
 * The image's words are data: nothing in them is expanded, and a word without `=` is dropped.
 */
export function buildEnvironment(parts: EnvironmentParts): string[] {
  const { request = noEnvironmentRequest() } = parts;
  const image = imageVariables(parts.image);
  const env = new Map<string, string>([
    ['PATH', names.defaultPath],
    ['container', 'podman'],
    ...Object.entries(request.configured ?? {}),
    ...(parts.terminal ? [['TERM', 'xterm'] as const] : []),
    ['HOSTNAME', parts.hostname],
    ...image,
  ]);
  if (request.unsetAll) {
    env.clear();
    env.set('HOSTNAME', parts.hostname);
  }
  for (const [name, value] of merged(request.merge, image)) env.set(name, value);
  for (const name of request.unset) env.delete(name);
  for (const [name, value] of Object.entries(request.inherited)) env.set(name, value);
  for (const [name, value] of Object.entries(parts.requested)) env.set(name, value);
  return [...env].map(([name, value]) => {
    if (name === 'HOME' && value.includes('\n')) {
      throw new BryoError('bad-environment', 'the value of HOME contains a line break');
    }
    return `${name}=${value}`;
  });
}

/** A configuration with further `KEY=value` words: those of secrets are not in the one that is kept. */
export function withEnvironment(spec: OciSpec, words: readonly string[]): OciSpec {
  const { process } = spec;
  return { ...spec, process: { ...process, env: [...process.env, ...words] } };
}
