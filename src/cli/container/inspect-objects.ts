import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { findRecord } from '../../container/records.ts';
import type { Engine } from '../../engine/engine.ts';
import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { asDocker } from '../../view/docker/inspect.ts';
import type { Invocation } from '../command.ts';
import { printError } from '../context.ts';
import type { Dialect } from '../dialect.ts';
import { formatOne, formatRows } from '../format/format-flag.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { type Description, findObject, type ObjectKind, withAliases } from './find-object.ts';

/** Of a container with SizeRw and SizeRootFs. */
async function withSize(engine: Engine, found: Description): Promise<Description> {
  if (!('HostConfig' in found)) return found;
  const { inspectWithSize } = await import('../../engine/containers/inspect-with-size.ts');
  return inspectWithSize(engine, findRecord(engine.store, String(found['Id'])));
}

function output(
  found: readonly Description[],
  format: string | null,
  { list, dialect }: { list: boolean; dialect: Dialect },
): string {
  if (format === null || isJsonFormat(format)) {
    const [only] = found;
    const shown = list || found.length !== 1 ? found : only;
    return `${jsonText(shown, 4)}\n`;
  }
  const aliased = found.map(withAliases);
  // podman's names for fields of mounts, ports and containers of pods.
  const text = format
    .replaceAll('.Src', '.Source')
    .replaceAll('.Dst', '.Destination')
    .replaceAll('.HostIP', '.HostIp')
    .replace(/\.ID\b/g, '.Id');
  if (/^table\s/.test(text)) return formatRows(text, aliased, { dialect, heading: false });
  return aliased.map((one) => formatOne(text, one, dialect)).join('');
}

/** The words that podman's JSON has as one text. */
function entrypointOf({ store }: Engine, found: Description): readonly string[] {
  const { Id, HostConfig } = found;
  if (HostConfig === undefined || typeof Id !== 'string') return [];
  return findRecord(store, Id).entrypoint;
}

/**
 * Prints what is known of each name; what cannot be found is told, and makes the status 125. Without
 * `list` a single object stands for itself.
 */
export async function inspectObjects(
  invocation: Invocation,
  names: readonly string[],
  kinds: readonly ObjectKind[],
  list = true,
): Promise<number> {
  const { context } = invocation;
  const { dialect } = context;
  const docker = dialect === 'docker';
  const found: Description[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      const named = docker ? name.replace(/^\//, '') : name;
      const object = await findObject(context, named, kinds);
      const sized = kinds.includes('container') && invocation.flag('size');
      const one = sized ? await withSize(context.engine, object) : object;
      const { engine } = context;
      found.push(
        docker ? asDocker(one, entrypointOf(engine, one), defaultNetworkName(engine)) : one,
      );
    } catch (error) {
      if (!(error instanceof BryoError) || error.code === 'usage') throw error;
      failures.push(error);
    }
  }
  context.stdout.write(output(found, invocation.text('format'), { list, dialect }));
  for (const failure of failures) printError(context, failure);
  if (failures.length === 0) return 0;
  return docker ? 1 : 125;
}
