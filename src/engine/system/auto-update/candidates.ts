import type { ContainerRecord } from '../../../container/record.ts';
import { viewContainers } from '../../containers/describe.ts';
import { podOf } from '../../containers/pod-group.ts';
import type { Engine } from '../../engine.ts';
import { policyLabel, readPolicy, type UpdatePolicy } from './policy.ts';

/** A running container that asks to be updated (podman-auto-update(1)). */
export interface Candidate {
  record: ContainerRecord;
  imageName: string;
  imageId: string;
  policy: UpdatePolicy;
  /** The unit of systemd that runs it, or its pod; null: none does. */
  unit: string | null;
  /** Where its credentials are; null: where the command says. */
  authFile: string | null;
}

const authFileLabel = 'io.containers.autoupdate.authfile';
export const unitLabel = 'PODMAN_SYSTEMD_UNIT';

/** A pod's unit starts its containers anew with it, so it goes before their own. */
function unitOf(engine: Engine, record: ContainerRecord): string | null {
  const pod = podOf(engine, record);
  return pod?.labels[unitLabel] ?? record.options.labels[unitLabel] ?? null;
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
        `invalid auto-update policy ${JSON.stringify(asked)} of container ${record.name}: registry, local and disabled are valid (label ${policyLabel})`,
      );
      continue;
    }
    const { imageName, imageId } = rootfs;
    const authFile = labels[authFileLabel] ?? null;
    candidates.push({ record, imageName, imageId, policy, authFile, unit: unitOf(engine, record) });
  }
  return { candidates, problems };
}
