import { setTimeout } from 'node:timers/promises';
import { BryoError } from '../../../base/errors.ts';
import { parseSignal } from '../../../base/signals.ts';
import { sampleContainer } from '../../../engine/containers/stats.ts';
import { killPod, pausePod, stopPod, unpausePod } from '../../../engine/pods/lifecycle.ts';
import { restartPod } from '../../../engine/pods/restart.ts';
import { startPod } from '../../../engine/pods/start.ts';
import { topPod } from '../../../engine/pods/top.ts';
import { ownMembers, viewPod, viewPods } from '../../../engine/pods/view.ts';
import type { PodRecord } from '../../../pod/pod.ts';
import { findPod } from '../../../pod/records.ts';
import { statsRow } from '../../../view/podman/stats-row.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, number, text, texts } from '../../route/query.ts';
import { empty, json, jsonLines } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import {
  anObject,
  aText,
  listOf,
  texts as listOfTexts,
  objectOf,
  orNull,
} from '../../route/schema.ts';

const reportSchema = objectOf({ Id: aText, Errs: orNull(listOf(aText)) });
const done = { about: 'it is done', schema: reportSchema };
const needless = { about: 'there was nothing to do' };

type Named = Pick<ApiRequest, 'engine' | 'params'>;

function named(request: Named): PodRecord {
  return findPod(request.engine.store, param(request, 'pod'));
}

function statusOf({ engine }: Named, pod: PodRecord) {
  return viewPod(engine.store, pod).status;
}

const timeQuery = {
  t: number('seconds until its containers are killed; their own time otherwise'),
  timeout: number('the same, as clients of podman 4 say it'),
};

/** Seconds; null: each container's own time. */
function patience({ t, timeout }: { t: number | null; timeout: number | null }): number | null {
  const asked = t ?? timeout;
  return asked !== null && asked >= 0 ? asked : null;
}

/** The report of a deed on all containers of a pod. */
function report(pod: PodRecord) {
  return json({ Errs: null, Id: pod.id, RawInput: pod.name });
}

export const start = defineRoute({
  summary: 'Start a pod',
  answers: { 200: done, 304: needless },
  async handle(request) {
    const pod = named(request);
    if (statusOf(request, pod) === 'Running') return empty(304);
    await startPod(request.engine, pod);
    return report(pod);
  },
});

export const stop = defineRoute({
  summary: 'Stop a pod',
  query: timeQuery,
  answers: { 200: done, 304: needless },
  async handle(request) {
    const pod = named(request);
    const status = statusOf(request, pod);
    if (status !== 'Running' && status !== 'Degraded') return empty(304);
    await stopPod(request.engine, pod, patience(request.query));
    return report(pod);
  },
});

export const restart = defineRoute({
  summary: 'Stop a pod and start it again',
  query: timeQuery,
  answers: { 200: done },
  async handle(request) {
    const pod = named(request);
    await restartPod(request.engine, pod, patience(request.query));
    return report(pod);
  },
});

export const kill = defineRoute({
  summary: 'Send a signal to the containers of a pod',
  query: { signal: text('its name or number; KILL otherwise') },
  answers: { 200: done },
  async handle(request) {
    const word = request.query.signal || 'KILL';
    const signal = parseSignal(word);
    if (signal === null) throw new HttpProblem(400, `Invalid signal: ${word}`);
    const pod = named(request);
    const { members } = viewPod(request.engine.store, pod);
    if (!members.some(({ state }) => state.status === 'running')) {
      throw new HttpProblem(409, `cannot kill a pod with no running containers: ${pod.id}`);
    }
    await killPod(request.engine, pod, signal);
    return report(pod);
  },
});

export const pause = defineRoute({
  summary: 'Pause the containers of a pod',
  answers: { 200: done },
  async handle(request) {
    const pod = named(request);
    await pausePod(request.engine, pod);
    return report(pod);
  },
});

export const unpause = defineRoute({
  summary: 'Let the paused containers of a pod go on',
  answers: { 200: done },
  async handle(request) {
    const pod = named(request);
    await unpausePod(request.engine, pod);
    return report(pod);
  },
});

export const top = defineRoute({
  summary: 'List the processes of a pod',
  query: {
    ps_args: texts('columns as podman-top(1) has them'),
    stream: flag('again and again, which is not done'),
    delay: number('seconds between two times'),
  },
  answers: {
    200: {
      about: 'a table',
      schema: objectOf({ Titles: listOfTexts, Processes: listOf(listOfTexts) }),
    },
  },
  async handle(request) {
    const { engine, query } = request;
    if (query.delay !== null && query.delay < 1) {
      throw new HttpProblem(400, `"delay" parameter of value ${query.delay} < 1`);
    }
    if (query.stream) throw new HttpProblem(501, 'stream: ask again instead');
    const words = query.ps_args.flatMap((one) => one.split(/[\s,]+/)).filter(Boolean);
    try {
      const [Titles = [], ...Processes] = topPod(engine, named(request), words);
      return json({ Titles, Processes });
    } catch (error) {
      if (!(error instanceof BryoError) || error.code === 'no-such-pod') throw error;
      throw new HttpProblem(500, error.message);
    }
  },
});

/** Milliseconds between two samples. */
const interval = 1000;

export const stats = defineRoute({
  summary: 'Show what the containers of pods use',
  query: {
    namesOrIDs: texts('these; all that run otherwise'),
    all: flag('all pods'),
    stream: flag('again and again'),
  },
  answers: { 200: { about: 'a row for each container', schema: listOf(anObject) } },
  async handle({ engine, query, gone }) {
    const names = query.namesOrIDs;
    if (query.all && names.length > 0) {
      throw new HttpProblem(500, '--all, --latest and arguments cannot be used together');
    }
    const rows = () => {
      const views =
        names.length > 0
          ? names.map((name) => viewPod(engine.store, findPod(engine.store, name)))
          : viewPods(engine.store);
      return views.flatMap((view) =>
        ownMembers(view).flatMap(({ record, state }) => {
          if (state.status !== 'running') return [];
          const row = statsRow(sampleContainer(record, state), null, false);
          return [
            {
              CPU: row.CPUPerc,
              MemUsage: row.MemUsage,
              MemUsageBytes: row['MemUsageBytes'],
              Mem: row.MemPerc,
              NetIO: row.NetIO,
              BlockIO: row.BlockIO,
              PIDS: row.PIDS,
              Pod: view.pod.id.slice(0, 12),
              CID: row.ID,
              Name: record.name,
            },
          ];
        }),
      );
    };
    if (!query.stream) return json(rows());
    return jsonLines(async (tell) => {
      while (!gone.aborted) {
        await tell(rows());
        await setTimeout(interval, undefined, { signal: gone }).catch(() => undefined);
      }
    });
  },
});
