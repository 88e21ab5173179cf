import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import type { Engine } from '../../../engine/engine.ts';
import {
  mountContainer,
  mountedContainers,
  unmountContainer,
} from '../../../engine/mounts/container.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aText, textMap } from '../../route/schema.ts';

export const mount = defineRoute({
  summary: "Mount a container's root filesystem in the service's own view",
  answers: { 200: { about: 'where it is', schema: aText } },
  async handle(request) {
    const { path } = await mountContainer(request.engine, param(request, 'container'));
    return json(path);
  },
});

export const unmount = defineRoute({
  summary: "Take a container's mount back",
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    const { id } = findRecord(request.engine.store, param(request, 'container'));
    await unmountContainer(request.engine, id, false);
    return empty();
  },
});

/** The containers that are mounted; there are none where this user cannot mount. */
function mountsOf(engine: Engine) {
  try {
    return mountedContainers(engine);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'not-unshared') return [];
    throw error;
  }
}

export const mounted = defineRoute({
  summary: 'List what is mounted',
  answers: { 200: { about: 'paths by ids of containers', schema: textMap } },
  async handle({ engine }) {
    return json(Object.fromEntries(mountsOf(engine).map(({ id, path }) => [id, path])));
  },
});
