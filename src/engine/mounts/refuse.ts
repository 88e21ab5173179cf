import { existsSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { containerFile } from '../../store/container-files.ts';
import type { Engine } from '../engine.ts';

/**
 * For whoever is about to mount it in another namespace. Throws BryoError `container-mounted` while
 * a session shows its files: two mounts of one upper layer would damage it.
 */
export async function refuseMounted(engine: Engine, record: ContainerRecord): Promise<void> {
  const path = containerFile(engine.store, record.id, 'mountCount');
  if (!existsSync(path)) return;
  const { heldMount } = await import('../../store/held-mount.ts');
  if ((heldMount(path)?.holder ?? null) === null) return;
  throw new BryoError('container-mounted', `container ${record.name} is mounted by 'bryo mount'`, {
    hint: `bryo unmount ${record.name}`,
  });
}
