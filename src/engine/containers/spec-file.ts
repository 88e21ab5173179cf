import { isJsonObject } from '../../base/json-object.ts';
import type { OciSpec } from '../../plan/spec.ts';
import { containerFile } from '../../store/container-files.ts';
import type { Store } from '../../store/paths.ts';
import { type RecordReading, readNeededRecord } from '../../store/record-file.ts';

function isSpec(value: unknown): value is OciSpec {
  if (!isJsonObject(value) || !isJsonObject(value['process']) || !isJsonObject(value['root']))
    return false;
  const { args, env, user } = value['process'];
  return Array.isArray(value['mounts']) && [args, env].every(Array.isArray) && isJsonObject(user);
}

/** The OCI configuration of a container's last start; every start writes it anew. */
export function readSpecFile(
  store: Store,
  id: string,
): Exclude<RecordReading<OciSpec>, { kind: 'absent' }> {
  return readNeededRecord(containerFile(store, id, 'spec'), isSpec);
}
