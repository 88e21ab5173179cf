import { createPod } from '../../../engine/pods/create.ts';
import { podFilter } from '../../../engine/pods/filters.ts';
import { inspectPod } from '../../../engine/pods/inspect.ts';
import { prunePods, removePod } from '../../../engine/pods/remove.ts';
import { viewPods } from '../../../engine/pods/view.ts';
import { findPod, membersOf } from '../../../pod/records.ts';
import { podObject } from '../../../view/podman/pod-row.ts';
import { readBody } from '../../body/read.ts';
import { filters, flag, seconds } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, listOf, objectOf, orNull } from '../../route/schema.ts';
import { inSpecFieldNames } from '../body/field-names.ts';
import { readPod } from '../body/pod.ts';

export const list = defineRoute({
  summary: 'List pods',
  query: { filters: filters() },
  answers: {
    200: {
      about: 'pods',
      schema: listOf(
        objectOf({
          Id: aText,
          Name: aText,
          Status: aText,
          Created: aText,
          InfraId: aText,
          Containers: listOf(anObject),
        }),
      ),
    },
  },
  async handle({ engine, query }) {
    const fits = await podFilter(query.filters);
    return json(viewPods(engine.store).filter(fits).map(podObject));
  },
});

export const create = defineRoute({
  summary: 'Create a pod',
  body: { about: 'PodSpecGenerator', schema: anObject },
  answers: { 201: { about: 'it is made', schema: objectOf({ Id: aText }) } },
  async handle(request) {
    const { engine } = request;
    const asked = readPod(engine, await readBody(request));
    const pod = await inSpecFieldNames(() => createPod(engine, asked));
    return json({ Id: pod.id }, 201);
  },
});

export const inspect = defineRoute({
  summary: 'Show a pod',
  answers: {
    200: {
      about: 'the pod',
      schema: objectOf({ Id: aText, Name: aText, State: aText, Containers: listOf(anObject) }),
    },
  },
  async handle(request) {
    return json(inspectPod(request.engine, param(request, 'pod')));
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is a pod of that name',
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    findPod(request.engine.store, param(request, 'pod'));
    return empty();
  },
});

export const remove = defineRoute({
  summary: 'Remove a pod with its containers',
  query: {
    force: flag('stop what runs'),
    timeout: seconds('seconds until it is killed; at once otherwise'),
  },
  answers: {
    200: {
      about: 'what was removed',
      schema: objectOf({ Id: aText, RemovedCtrs: anObject, Err: orNull(aText) }),
    },
  },
  async handle(request) {
    const { engine, query } = request;
    const pod = findPod(engine.store, param(request, 'pod'));
    const members = membersOf(engine.store, pod.id).map(({ id }) => [id, null] as const);
    await removePod(engine, pod, {
      force: query.force,
      timeout:
        query.timeout !== null && query.timeout < 0 ? Number.POSITIVE_INFINITY : query.timeout,
    });
    return json({ RemovedCtrs: Object.fromEntries(members), Err: null, Id: pod.id });
  },
});

export const prune = defineRoute({
  summary: 'Remove pods of which nothing runs any more',
  answers: {
    200: {
      about: 'what was removed',
      schema: listOf(objectOf({ Id: aText, Err: orNull(aText) })),
    },
  },
  async handle({ engine }) {
    const removed = await prunePods(engine, false);
    return json(removed.map((Id) => ({ Err: null, Id })));
  },
});
