import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { BryoError } from '../../../base/errors.ts';
import { parseSignal } from '../../../base/signals.ts';
import { findRecord } from '../../../container/records.ts';
import { pauseContainer, unpauseContainer } from '../../../engine/containers/pause.ts';
import { removeContainer } from '../../../engine/containers/remove.ts';
import { renameContainer } from '../../../engine/containers/rename.ts';
import { restartContainer } from '../../../engine/containers/restart.ts';
import { startUnlessRunning } from '../../../engine/containers/start/dependencies.ts';
import { startContainer } from '../../../engine/containers/start/start.ts';
import { killContainer, stopContainer } from '../../../engine/containers/stop.ts';
import type { Engine } from '../../../engine/engine.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import { storePaths } from '../../../store/paths.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, number, text } from '../../route/query.ts';
import { empty } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';

const done = { about: 'it is done' };
const needless = { about: 'there was nothing to do' };

/** The container of the path, with its state. */
async function found(request: Pick<ApiRequest, 'engine' | 'params'>) {
  const { store } = request.engine;
  const record = findRecord(store, param(request, 'container'));
  return { record, state: await settledContainerState(store, record.id) };
}

export const start = defineRoute({
  summary: 'Start a container',
  query: { detachKeys: text('keys that end an attachment') },
  answers: { 204: done, 304: needless },
  async handle(request) {
    const { engine } = request;
    const { record, state } = await found(request);
    if (state.status === 'running') return empty(304);
    try {
      await startUnlessRunning(engine, record, () =>
        startContainer(engine, record, { attached: false, size: null }),
      );
    } catch (error) {
      // Clients wait for the removal of what they have asked to be removed.
      if (record.options.remove && state.status === 'created') {
        await removeContainer(engine, record.id, { force: true, ignore: true, volumes: true });
      }
      throw error;
    }
    return empty();
  },
});

/** Seconds until a container is killed; below 0: never. */
const time = number('seconds until it is killed; -1: never; its own time otherwise');

function patience(seconds: number | null): number | null {
  return seconds !== null && seconds < 0 ? Number.POSITIVE_INFINITY : seconds;
}

/** A signal by name or number. Throws HttpProblem 400. */
function readSignal(word: string): number {
  const signal = parseSignal(word);
  if (signal === null) throw new HttpProblem(400, `Invalid signal: ${word}`);
  return signal;
}

export const stop = defineRoute({
  summary: 'Stop a container',
  query: { t: time, signal: text('the first signal, in the place of its own') },
  answers: { 204: done, 304: needless },
  async handle(request) {
    const { engine, query } = request;
    const { record, state } = await found(request);
    if (state.status === 'created' || state.status === 'unknown') return empty(304);
    if (state.status === 'exited' && state.restarting === null) return empty(304);
    if (query.signal !== null && query.signal !== '' && state.status === 'running') {
      await killContainer(engine, record.id, readSignal(query.signal));
    }
    await stopContainer(engine, record.id, { timeout: patience(query.t), ignore: true });
    return empty();
  },
});

export const restart = defineRoute({
  summary: 'Stop a container and start it again',
  query: { t: time, signal: text('the first signal, in the place of its own') },
  answers: { 204: done },
  async handle(request) {
    const { engine, query } = request;
    const { record, state } = await found(request);
    if (query.signal !== null && query.signal !== '' && state.status === 'running') {
      await killContainer(engine, record.id, readSignal(query.signal));
    }
    await restartContainer(engine, record.id, patience(query.t));
    return empty();
  },
});

const killSignal = 9;
/** Milliseconds that docker's engine waits for the end of what it has killed, and between two looks. */
const killPatience = 10_000;
const killInterval = 10;

async function waitForEnd({ store }: Engine, id: string): Promise<void> {
  const until = performance.now() + killPatience;
  while (performance.now() < until) {
    if (!existsSync(storePaths.container(store, id))) return;
    if ((await settledContainerState(store, id)).status !== 'running') return;
    await setTimeout(killInterval);
  }
}

export const kill = defineRoute({
  summary: 'Send a signal to a container',
  query: { signal: text('its name or number; KILL otherwise') },
  answers: { 204: done },
  async handle(request) {
    const signal = readSignal(request.query.signal || 'KILL');
    const { engine } = request;
    const { id } = findRecord(engine.store, param(request, 'container'));
    await killContainer(engine, id, signal);
    // Clients remove it next, as docker's engine answers when it has ended.
    if (signal === killSignal) await waitForEnd(engine, id);
    return empty();
  },
});

export const rename = defineRoute({
  summary: 'Rename a container',
  query: { name: text('the new name') },
  answers: { 204: done },
  async handle(request) {
    const { name } = request.query;
    if (name === null || name === '') throw new HttpProblem(400, 'name: a new name is needed');
    renameContainer(request.engine, param(request, 'container'), name.replace(/^\//, ''));
    return empty();
  },
});

export const pause = defineRoute({
  summary: 'Pause a container',
  answers: { 204: done },
  async handle(request) {
    await pauseContainer(request.engine, param(request, 'container'));
    return empty();
  },
});

export const unpause = defineRoute({
  summary: 'Let a paused container go on',
  answers: { 204: done },
  async handle(request) {
    await unpauseContainer(request.engine, param(request, 'container'));
    return empty();
  },
});

export const remove = defineRoute({
  summary: 'Remove a container',
  query: {
    v: flag('its volumes without names, too'),
    force: flag('kill it if it runs'),
    link: flag('remove a link, of which there are none'),
  },
  answers: { 204: done },
  async handle(request) {
    const { engine, query } = request;
    if (query.link) throw new HttpProblem(501, 'link: there are no links to containers');
    const { record } = await found(request);
    try {
      const options = { force: query.force, ignore: false, volumes: query.v };
      await removeContainer(engine, record.id, options);
    } catch (error) {
      if (!(error instanceof BryoError) || error.code !== 'container-running') throw error;
      const remedy = 'stop the container before removing or force remove';
      throw new HttpProblem(
        409,
        `cannot remove container "/${record.name}": container is running: ${remedy}`,
      );
    }
    return empty();
  },
});
