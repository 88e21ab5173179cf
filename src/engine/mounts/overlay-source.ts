import type { DriverRootfs } from '../../store/drivers/driver.ts';
import { checkLayerPath } from '../../store/drivers/fuse-overlayfs.ts';
import type { HeldSource } from '../../store/held-mount.ts';

/** How the holder mounts what a storage driver has prepared. */
export function overlaySource(rootfs: DriverRootfs): HeldSource {
  switch (rootfs.kind) {
    case 'overlay': {
      const { lowers, upper, work, legacyMount: legacy } = rootfs;
      const options = [...lowerOptions(lowers, legacy), `upperdir=${upper}`, `workdir=${work}`];
      return { kind: 'overlay', legacy, options };
    }
    case 'fuse-overlayfs':
      return { kind: 'fuse', argv: inForeground(rootfs.argv) };
    case 'directory':
      return { kind: 'none' };
  }
}

/** Layers to be seen together, topmost first, without anything to write to. */
export function lowerOptions(lowers: readonly string[], legacy: boolean): string[] {
  if (legacy) lowers.forEach(checkLayerPath);
  return ['userxattr', ...lowers.map((path) => `lowerdir+=${path}`)];
}

/** The holder waits for it, and ends it. */
export function inForeground([program = '', ...words]: readonly string[]): string[] {
  return [program, '-f', ...words];
}
