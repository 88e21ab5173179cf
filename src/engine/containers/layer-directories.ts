import type { RecordRootfs } from '../../container/record.ts';
import { layerStack } from '../../store/layers.ts';
import type { Engine } from '../engine.ts';

/** The directories that a root filesystem is made of, topmost first. */
export function layerDirectories(engine: Engine, rootfs: RecordRootfs): string[] {
  switch (rootfs.kind) {
    case 'image':
      return layerStack(engine.store, engine.idMap(), rootfs.layers);
    case 'directory':
      return [rootfs.path];
    case 'holder':
      return [];
  }
}
