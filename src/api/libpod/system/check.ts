import { parseDuration } from '../../../base/duration.ts';
import { checkStore, type Finding } from '../../../engine/system/check/check-store.ts';
import { makeStore } from '../../../store/store-dirs.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, anObject, listOf, objectOf, orNull } from '../../route/schema.ts';

type Problems = Record<string, string[]>;

/** Damage of some kinds, by the id of the damaged thing. */
function problemsOf(findings: readonly Finding[], kinds: readonly Finding['kind'][]): Problems {
  const found: Problems = {};
  for (const { kind, subject, problem, repair } of findings) {
    if (!kinds.includes(kind)) continue;
    found[subject] = [
      ...(found[subject] ?? []),
      repair === null ? problem : `${problem} (${repair})`,
    ];
  }
  return found;
}

export const route = defineRoute({
  summary: 'Look for damage in the store, and mend it',
  query: {
    quick: flag('leave away what reads every byte of blobs and layers'),
    repair: flag('mend what can be mended'),
    repair_lossy: flag('also remove images and containers that cannot be mended'),
    unreferenced_layer_max_age: text('layers that nothing needs count only when they are older'),
  },
  answers: {
    200: {
      about: 'what is damaged, or was',
      schema: objectOf({
        Errors: aFlag,
        Layers: anObject,
        ROLayers: anObject,
        RemovedLayers: orNull(listOf({ type: 'string' })),
        Images: anObject,
        ROImages: anObject,
        RemovedImages: anObject,
        Containers: anObject,
        RemovedContainers: anObject,
      }),
    },
  },
  async handle({ engine, query }) {
    const { quick, repair_lossy: force, unreferenced_layer_max_age: age } = query;
    let maxAge = 0;
    try {
      maxAge = parseDuration(age || '0s');
    } catch {
      throw new HttpProblem(400, `unreferenced_layer_max_age: ${String(age)} is no duration`);
    }
    makeStore(engine.store);
    const repair = query.repair || force;
    const findings = await checkStore(engine, { repair, force, quick, maxAge });
    return json({
      Errors: findings.some((finding) => finding.repair === null),
      // Of what has no id of a layer, an image or a container podman's form has no place but this.
      Layers: problemsOf(findings, ['layer', 'blob', 'index', 'garbage', 'volume', 'secret']),
      ROLayers: {},
      RemovedLayers: null,
      Images: problemsOf(findings, ['image', 'name']),
      ROImages: {},
      RemovedImages: {},
      Containers: problemsOf(findings, ['container', 'pod']),
      RemovedContainers: {},
    });
  },
});
