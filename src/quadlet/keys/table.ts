import type { UnitKind } from '../kinds.ts';
import { containerKeys } from './container-keys.ts';
import { commonKeys, type KeySpec } from './key.ts';
import { buildKeys, imageKeys, kubeKeys, networkKeys, podKeys, volumeKeys } from './other-keys.ts';

/** The keys of each kind of unit file. */
export const keyTable: Readonly<Record<UnitKind, readonly KeySpec[]>> = {
  container: [...containerKeys, ...commonKeys],
  volume: [...volumeKeys, ...commonKeys],
  network: [...networkKeys, ...commonKeys],
  image: [...imageKeys, ...commonKeys],
  pod: [...podKeys, ...commonKeys],
  build: [...buildKeys, ...commonKeys],
  kube: [...kubeKeys, ...commonKeys],
};
