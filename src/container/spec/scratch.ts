import type { OciMount } from '../../plan/spec.ts';
import type { ContainerRecord } from '../record.ts';
import { runsSystemd } from './systemd.ts';

/** With a read-only root the places programs expect to write to are tmpfs (--read-only-tmpfs). */
export function scratchMounts(
  record: Pick<ContainerRecord, 'options' | 'args'>,
  taken: ReadonlySet<string>,
): OciMount[] {
  const { options } = record;
  if (!options.readOnly || !options.files.readOnlyTmpfs || runsSystemd(record)) return [];
  return ['/run', '/tmp', '/var/tmp']
    .filter((path) => !taken.has(path))
    .map((destination) => ({
      destination,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'tmpcopyup'],
    }));
}
