import { BryoError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { findProgram, isProgram } from '../../native/programs.ts';
import type { CreationSettings } from '../engine.ts';

/** Names of bryo's own. */
const own = new Set(['', 'bryo', 'bryo-oci']);

/** The paths that containers.conf(5) has for a runtime; null: it does not know that name. */
function configuredPaths({ values }: Config, name: string): string[] | null {
  const table = values.get('engine.runtimes');
  const runtimes =
    typeof table === 'object' && !Array.isArray(table) ? table['engine.runtimes'] : {};
  const paths = Object.entries(runtimes ?? {}).find(([key]) => key === name)?.[1];
  return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : null;
}

/**
 * The program of another OCI runtime that `--runtime` names, by its path or by a name of containers.conf(5) or
 * PATH; null: bryo's own. Throws BryoError `usage` in podman's words where there is none.
 */
export function foreignRuntime(config: Config, asked: string | null): CreationSettings['runtime'] {
  if (asked === null || own.has(asked)) return null;
  if (asked.includes('/')) {
    if (isProgram(asked)) return { program: asked, name: asked };
    const text = `no valid executable found for OCI runtime ${asked}: invalid argument`;
    throw new BryoError('usage', text);
  }
  const paths = configuredPaths(config, asked);
  const path = paths?.find(isProgram) ?? (paths?.length ? null : findProgram(asked));
  if (path !== null) return { program: path, name: asked };
  throw new BryoError('usage', `default OCI runtime "${asked}" not found: invalid argument`);
}
