import type { ContainerRecord } from '../../../container/record.ts';
import { viewContainers } from '../../containers/describe.ts';
import type { Engine } from '../../engine.ts';

/** Where a newer image is looked for: in its registry, or in the store under the same name. */
export type UpdatePolicy = 'registry' | 'local';

/** A running container that asks to be updated (podman-auto-update(1)). */
export interface Candidate {
  record: ContainerRecord;
  imageName: string;
  imageId: string;
  policy: UpdatePolicy;
  /** The unit of systemd that runs it; null: none does. */
  unit: string | null;
}

export const policyLabel = 'io.containers.autoupdate';
export const unitLabel = 'PODMAN_SYSTEMD_UNIT';

function readPolicy(text: string): UpdatePolicy | null {
  if (text === 'local') return 'local';
  // "image" is podman's older word.
  return text === 'registry' || text === 'image' ? 'registry' : null;
}

/** The candidates, and messages on labels that cannot be read. */
export function findCandidates(engine: Engine): { candidates: Candidate[]; problems: string[] } {
  const candidates: Candidate[] = [];
  const problems: string[] = [];
  for (const { record, state } of viewContainers(engine.store)) {
    const { rootfs } = record;
    // The container's own labels only: an image has no say in which units are restarted.
    const { labels } = record.options;
    const asked = labels[policyLabel];
    if (asked === undefined || asked === '' || asked === 'disabled') continue;
    if (state.status !== 'running' || rootfs.kind !== 'image') continue;
    const policy = readPolicy(asked);
    if (policy === null) {
      problems.push(
        `container ${record.name}: the label ${policyLabel}=${asked} is neither registry nor local`,
      );
      continue;
    }
    const { imageName, imageId } = rootfs;
    candidates.push({ record, imageName, imageId, policy, unit: labels[unitLabel] ?? null });
  }
  return { candidates, problems };
}
