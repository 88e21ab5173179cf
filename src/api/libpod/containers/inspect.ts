import { findRecord } from '../../../container/records.ts';
import { inspectContainer } from '../../../engine/containers/inspect.ts';
import { inspectWithSize } from '../../../engine/containers/inspect-with-size.ts';
import { inspectedFor } from '../../../view/podman/inspect-for-client.ts';
import { flag } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aText, objectOf } from '../../route/schema.ts';
import { inspectedContainer } from '../../shapes.ts';

export const inspect = defineRoute({
  summary: 'Show a container',
  query: { size: flag('also what the files hold that the container wrote') },
  answers: {
    200: {
      about: 'the container',
      schema: objectOf({ ...inspectedContainer, ImageName: aText }),
    },
  },
  async handle(request) {
    const { engine, query, version } = request;
    const record = findRecord(engine.store, param(request, 'container'));
    const found = query.size
      ? await inspectWithSize(engine, record)
      : inspectContainer(engine, record.id);
    return json(inspectedFor(version.major, found, record));
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is a container of that name',
  query: { external: flag('also one of other tools, of which there are none') },
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    findRecord(request.engine.store, param(request, 'container'));
    return empty();
  },
});
