import { badValue } from './values.ts';

/** The flags about the environment besides --env and --env-file. */
export interface EnvironmentRequest {
  /** Variables of containers.conf(5), over which the image's hold. */
  configured?: Record<string, string>;
  /** Values of the caller's: proxies, and with --env-host all. The user's own words replace them. */
  inherited: Record<string, string>;
  /** `NAME=TEXT` words in which `${OTHER}` stands for a value of the image's (--env-merge). */
  merge: string[];
  /** Names that are not set unless the user sets them (--unsetenv). */
  unset: string[];
  /** Neither the image's variables nor the built-in ones count (--unsetenv-all). */
  unsetAll: boolean;
}

/** Names of variables that say which proxy is to be used, in small and capital letters. */
export const proxyVariables: readonly string[] = [
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
].flatMap((name) => [name, name.toUpperCase()]);

export function noEnvironmentRequest(): EnvironmentRequest {
  return { inherited: {}, merge: [], unset: [], unsetAll: false };
}

/**
 * `--env` and `--env-file` words: a name alone takes the caller's value and is dropped when there is
 * none; `PREFIX*` takes all of the caller's that begin so (podman-run(1)).
 */
export function readEnvironment(words: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) {
      env[word.slice(0, equals)] = word.slice(equals + 1);
    } else if (equals === 0 || word === '') {
      throw badValue('--env', word, 'a name is needed before "="');
    } else if (word.endsWith('*')) {
      for (const [name, value] of Object.entries(process.env)) {
        if (name.startsWith(word.slice(0, -1)) && value !== undefined) env[name] = value;
      }
    } else {
      const value = process.env[word];
      if (value !== undefined) env[word] = value;
    }
  }
  return env;
}
