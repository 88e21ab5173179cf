import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeRecords } from '../../plan/encode.ts';
import type { EventsInput } from '../../plan/launch-input.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import { type Store, storePaths } from '../../store/paths.ts';

/**
 * Has refusals of an egress policy told of with the container's other events: a file for the policy's number
 * (addon/net/egress_events.h).
 */
export function writePolicyEvents(
  store: Store,
  networkId: string,
  policy: number,
  events: EventsInput | null,
): void {
  if (events === null) return;
  const directory = join(storePaths.runNetwork(store, networkId), 'policies');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const records = encodeRecords([{ op: 'events', ...events }]);
  writeFileAtomic(join(directory, String(policy)), records, 'volatile');
}
