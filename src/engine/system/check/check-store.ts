import { statSync } from 'node:fs';
import { blobPath, readIndex } from '../../../image/layout.ts';
import { layerDiff, presentLayers } from '../../../store/layers.ts';
import { openLeases } from '../../../store/leases.ts';
import { partialLifetime, presentPartials, sweepPartials } from '../../../store/partials.ts';
import { storePaths } from '../../../store/paths.ts';
import { cachedLayers } from '../../../store/step-cache.ts';
import { sweepStore } from '../../containers/sweep.ts';
import type { Engine } from '../../engine.ts';
import { collectGarbage, neededBlobs, neededLayers, presentBlobs } from '../garbage.ts';
import { checkContainers } from './check-containers.ts';
import { checkImages, checkIndex } from './check-images.ts';
import { checkLayers } from './check-layers.ts';
import { checkNetworks } from './check-networks.ts';
import { checkPods } from './check-pods.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkVolumes } from './check-volumes.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

export type { CheckOptions, Finding } from './finding.ts';

function age(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Date.now());
}

/** The digests among these on which nobody has a lease. */
function withoutLease(path: string, digests: readonly string[]): string[] {
  const leases = openLeases(path);
  try {
    return digests.filter((digest) => {
      const free = leases.hold(digest);
      if (free) leases.drop(digest);
      return free;
    });
  } finally {
    leases.close();
  }
}

/** Digests of blobs and layers that nobody needs, nor is just bringing in. */
function unneeded(engine: Engine, maxAge: number): string[] {
  const { store } = engine;
  const idMap = engine.idMap();
  const blobs = neededBlobs(store, readIndex(store));
  for (const { digest } of cachedLayers(store)) blobs?.add(digest);
  const layers = neededLayers(store);
  const oldBlobs = presentBlobs(store).filter(
    (digest) => blobs !== null && !blobs.has(digest) && age(blobPath(store, digest)) >= maxAge,
  );
  const oldLayers = presentLayers(store, idMap).filter(
    (id) => layers !== null && !layers.has(id) && age(layerDiff(store, idMap, id)) >= maxAge,
  );
  // Until then the next pull goes on with it.
  const keptFor = Math.max(maxAge, partialLifetime);
  const oldPartials = presentPartials(store).filter(({ age }) => age >= keptFor);
  return [
    ...withoutLease(
      storePaths.blobLeases(store),
      oldPartials.map(({ digest }) => digest),
    ).map((digest) => `beginning of blob ${digest}`),
    ...withoutLease(storePaths.blobLeases(store), oldBlobs).map((digest) => `blob ${digest}`),
    ...withoutLease(storePaths.layerLeases(store), oldLayers).map((id) => `layer ${id}`),
  ];
}

/**
 * Looks for damage in the store, and mends it where that is asked for: nothing that is sound is lost
 * by it. What killed commands have left is removed first, as by every command.
 */
export async function checkStore(engine: Engine, options: CheckOptions): Promise<Finding[]> {
  const { store } = engine;
  const findings: Finding[] = [];
  const entries = await checkIndex(store, options, findings);
  await sweepStore(engine);
  const images = await checkImages(store, entries, options, findings);
  const records = await checkContainers(engine, options, findings);
  await checkLayers(engine, images, records, options, findings);
  await checkVolumes(engine, options, findings);
  await checkPods(engine, options, findings);
  await checkSecrets(engine, options, findings);
  await checkNetworks(engine, options, findings);
  // A damaged index says nothing of what is needed.
  if (findings.some(({ kind, repair }) => kind === 'index' && repair === null)) return findings;
  const garbage = unneeded(engine, options.maxAge);
  if (garbage.length > 0 && options.repair) {
    sweepPartials(store);
    await collectGarbage(engine);
  }
  for (const subject of garbage) {
    const finding = { kind: 'garbage', subject, problem: 'is needed by nothing' } as const;
    await note(findings, finding, options.repair ? () => 'removed' : null);
  }
  return findings;
}
