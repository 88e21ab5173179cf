import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from '../../../container/record.ts';
import { findImage, type ResolvedImage } from '../../../image/resolve.ts';
import { type ContainerState, readContainerState } from '../../../monitor/state.ts';
import type { PortMapping } from '../../../network/types.ts';
import type { OciSpec } from '../../../plan/spec.ts';
import { storePaths } from '../../../store/paths.ts';
import type { Engine } from '../../engine.ts';
import { portOwner, readPorts } from '../ports.ts';

/** The zero of Go's times, which docker's JSON has where nothing happened yet. */
export const never = '0001-01-01T00:00:00Z';

/** What an inspected container is described from, read once. */
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
  /** Whose ports lead into its network: its pod's holder, … or itself. */
  network: Pick<Subject, 'record' | 'state' | 'ports'>;
}

function readSpec(directory: string): OciSpec | null {
  try {
    return JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as OciSpec;
  } catch {
    return null;
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
    spec: readSpec(directory),
    image: record.rootfs.kind === 'image' ? findImage(store, record.rootfs.imageId) : null,
    ports: readPorts(store, record.id),
    network: { ...owner, ports: readPorts(store, owner.record.id) },
  };
}
