import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import { initContainer } from '../../../engine/containers/initialize.ts';
import { removeContainer } from '../../../engine/containers/remove.ts';
import { restartContainer } from '../../../engine/containers/restart.ts';
import { stopContainer } from '../../../engine/containers/stop.ts';
import { removeByHolder } from '../../../engine/pods/remove-by-holder.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, number, seconds } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aText, listOf, objectOf, orNull } from '../../route/schema.ts';

const done = { about: 'it is done' };
const needless = { about: 'there was nothing to do' };
const timeout = seconds('seconds until it is killed; its own time otherwise');

/** The container of the path, with its state. */
async function found(request: Pick<ApiRequest, 'engine' | 'params'>) {
  const { store } = request.engine;
  const record = findRecord(store, param(request, 'container'));
  return { record, state: await settledContainerState(store, record.id) };
}

/** The seconds of `timeout`, or of `t`, as older clients have it. */
function patience({ timeout: own, t }: { timeout: number | null; t: number | null }) {
  const asked = own ?? t;
  return asked !== null && asked < 0 ? Number.POSITIVE_INFINITY : asked;
}

export const init = defineRoute({
  summary: 'Make a container ready without starting it',
  answers: { 204: done, 304: needless },
  async handle(request) {
    const { record, state } = await found(request);
    if ('pid' in state) return empty(304);
    await initContainer(request.engine, record.id, { lenient: false });
    return empty();
  },
});

export const stop = defineRoute({
  summary: 'Stop a container',
  query: {
    timeout,
    t: number('the same; -1: never'),
    all: flag('nothing: clients ask one by one'),
    ignore: flag('one that does not exist is no error'),
  },
  answers: { 204: done, 304: needless },
  async handle(request) {
    const { engine, query } = request;
    const { record, state } = await found(request);
    if (state.status === 'exited' && state.restarting === null) return empty(304);
    await stopContainer(engine, record.id, { timeout: patience(query), ignore: query.ignore });
    return empty();
  },
});

export const restart = defineRoute({
  summary: 'Stop a container and start it again',
  query: { timeout, t: number('the same; -1: never') },
  answers: { 204: done },
  async handle(request) {
    const { record } = await found(request);
    await restartContainer(request.engine, record.id, patience(request.query));
    return empty();
  },
});

/** In these words podman's removal says it, and scripts look for them. */
function inWordsOfRemoval(error: unknown): unknown {
  if (!(error instanceof BryoError) || error.code !== 'no-such-container') return error;
  return new BryoError(error.code, error.message.replace('with name or ID', 'with ID or name'));
}

export const remove = defineRoute({
  summary: 'Remove a container',
  query: {
    depend: flag('with what depends on it'),
    force: flag('kill it if it runs'),
    ignore: flag('one that does not exist is no error'),
    timeout: seconds('seconds until it is killed; at once otherwise'),
    v: flag('its volumes without names, too'),
    volumes: flag('the same'),
  },
  answers: {
    200: {
      about: 'what was removed',
      schema: listOf(objectOf({ Id: aText, Err: orNull(aText) })),
    },
  },
  async handle(request) {
    const { engine, query } = request;
    const { force } = query;
    const wait = patience({ timeout: query.timeout, t: null });
    const name = param(request, 'container');
    const removed: string[] = [];
    try {
      const held = query.depend
        ? await removeByHolder(engine, name, { force, timeout: wait })
        : null;
      const id =
        held === null
          ? await removeContainer(engine, name, {
              force,
              ignore: query.ignore,
              volumes: query.volumes || query.v,
              depend: query.depend,
              dependantRemoved: (dependant) => removed.push(dependant),
              timeout: wait,
            })
          : null;
      if (held !== null) removed.push(...held);
      if (id !== null) removed.push(id);
    } catch (error) {
      // In podman's API that is none of the conflicts.
      if (error instanceof BryoError && error.code === 'container-running') {
        throw new HttpProblem(500, error.message);
      }
      throw inWordsOfRemoval(error);
    }
    return json(removed.map((Id) => ({ Id, Err: null })));
  },
});
