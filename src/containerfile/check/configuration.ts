import { Refusal } from '../errors.ts';
import { type CheckRule, experimentalRules } from './rules.ts';

/** Which checks run, and whether what they find is an error (`# check=…`). */
export interface CheckConfiguration {
  skipAll: boolean;
  skip: readonly string[];
  experimentalAll: boolean;
  experimental: readonly string[];
  error: boolean;
}

export const everyCheck: CheckConfiguration = {
  skipAll: false,
  skip: [],
  experimentalAll: false,
  experimental: [],
  error: false,
};

/** Reads `skip=NAME,…;error=true;experimental=all`; null: there is no directive. Throws Refusal. */
export function readCheckDirective(text: string | null): CheckConfiguration {
  const result = { ...everyCheck };
  for (const part of (text ?? '').split(/\s/, 1)[0]?.split(';').filter(Boolean) ?? []) {
    const [, key = '', value = ''] = /^\s*([^=]*)=\s*(.*?)\s*$/.exec(part) ?? [];
    const names = value.split(',').map((name) => name.trim());
    if (key === 'skip') Object.assign(result, { skipAll: value === 'all', skip: names });
    else if (key === 'experimental') {
      Object.assign(result, { experimentalAll: value === 'all', experimental: names });
    } else if (key === 'error' && /^(1|t|true|0|f|false)$/i.test(value)) {
      result.error = /^(1|t|true)$/i.test(value);
    } else throw new Refusal(`invalid check option "${part}"`);
  }
  return result;
}

/** Whether a check runs. */
export function runs(rule: CheckRule, configuration: CheckConfiguration): boolean {
  if (experimentalRules.includes(rule)) {
    return configuration.experimentalAll || configuration.experimental.includes(rule);
  }
  return !configuration.skipAll && !configuration.skip.includes(rule);
}

/** A file's choice with that of a comment above an instruction. */
export function merged(
  file: CheckConfiguration,
  above: CheckConfiguration | undefined,
): CheckConfiguration {
  if (above === undefined) return file;
  return {
    skipAll: file.skipAll || above.skipAll,
    skip: [...file.skip, ...above.skip],
    experimentalAll: file.experimentalAll || above.experimentalAll,
    experimental: [...file.experimental, ...above.experimental],
    error: file.error,
  };
}
