import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { findImage, type ResolvedImage } from '../../../image/resolve.ts';
import { type ContainerState, readContainerState } from '../../../monitor/state.ts';
import type { PortMapping } from '../../../network/types.ts';
import type { OciSpec } from '../../../plan/spec.ts';
import { type Store, storePaths } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';
import { portOwner, readPorts } from '../ports.ts';
import { readSpecFile } from '../spec-file.ts';

/** The zero of Go's times, which docker's JSON has where nothing happened yet. */
export const never = '0001-01-01T00:00:00Z';

/** The sources of an inspected container's description, read once. */
export interface Subject {
  record: ContainerRecord;
  state: ContainerState;
  directory: string;
  /** The OCI configuration of its last start; null: it was never started. */
  spec: OciSpec | null;
  /** Null: it was removed, or the container has none. */
  image: ResolvedImage | null;
  /** The ports of its last start. */
  ports: readonly PortMapping[];
  /** The container whose ports lead into this one's network: its pod's holder, … or itself. */
  network: Pick<Subject, 'record' | 'state' | 'ports'>;
}

function readSpec(store: Store, id: string): OciSpec | null {
  const reading = readSpecFile(store, id);
  return reading.kind === 'sound' ? reading.value : null;
}

/** An image that is damaged keeps nobody from looking at the container. */
function imageOf(store: Store, { rootfs }: ContainerRecord): ResolvedImage | null {
  if (rootfs.kind !== 'image') return null;
  try {
    return findImage(store, rootfs.imageId);
  } catch (error) {
    if (error instanceof BryoError) return null;
    throw error;
  }
}

export function readSubject({ store }: Engine, record: ContainerRecord): Subject {
  const directory = storePaths.container(store, record.id);
  const state = readContainerState(store, record.id);
  const owner = portOwner(store, { record, state });
  return {
    record,
    directory,
    state,
    spec: readSpec(store, record.id),
    image: imageOf(store, record),
    ports: readPorts(store, record.id),
    network: { ...owner, ports: readPorts(store, owner.record.id) },
  };
}
