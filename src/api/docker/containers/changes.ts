import { findRecord } from '../../../container/records.ts';
import { listChanges } from '../../../engine/containers/diff.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, aText, listOf, objectOf } from '../../route/schema.ts';

/** Docker's numbers of kinds. */
const kinds = { C: 0, A: 1, D: 2 } as const;

export const route = defineRoute({
  summary: 'List the files that a container has changed',
  answers: { 200: { about: 'paths', schema: listOf(objectOf({ Path: aText, Kind: aNumber })) } },
  async handle(request) {
    const { id } = findRecord(request.engine.store, param(request, 'container'));
    const changes = await listChanges(request.engine, id, null);
    return json(changes.map(({ kind, path }) => ({ Path: path, Kind: kinds[kind] })));
  },
});
