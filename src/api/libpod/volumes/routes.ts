import { exportVolume, importVolume } from '../../../engine/volumes/archive.ts';
import { createVolume, volumeDrivers } from '../../../engine/volumes/create.ts';
import { volumeFilter } from '../../../engine/volumes/filters.ts';
import {
  describeVolume,
  findVolume,
  listVolumes,
  pruneMeasured,
  removeVolume,
} from '../../../engine/volumes/volumes.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { inputFor, outputStream } from '../../pipes.ts';
import { filters, flag, seconds } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, listOf, objectOf, textMap } from '../../route/schema.ts';
import { reportsSchema } from '../reports.ts';

const volumeSchema = objectOf({
  Name: aText,
  Driver: aText,
  Mountpoint: aText,
  CreatedAt: aText,
  Labels: textMap,
  Scope: aText,
  Options: textMap,
});

/** Seconds until something is killed; below 0: never. */
function patience(timeout: number | null): number | null {
  return timeout !== null && timeout < 0 ? Number.POSITIVE_INFINITY : timeout;
}

export const list = defineRoute({
  summary: 'List volumes',
  query: { filters: filters() },
  answers: { 200: { about: 'volumes', schema: listOf(volumeSchema) } },
  async handle({ engine, query }) {
    const fits = await volumeFilter(query.filters);
    return json(listVolumes(engine.store).filter(fits).map(describeVolume));
  },
});

export const create = defineRoute({
  summary: 'Create a volume',
  body: { about: 'VolumeCreateOptions', schema: anObject },
  answers: { 201: { about: 'it is made', schema: volumeSchema } },
  async handle(request) {
    const { engine } = request;
    const body = await readBody(request);
    const field = body.get('Driver');
    const wanted = field.word() ?? 'local';
    const driver = volumeDrivers.find((known) => known === wanted);
    if (driver === undefined) {
      throw field.problem(
        `volume driver ${wanted} is not supported: only ${volumeDrivers.join(' and ')}`,
      );
    }
    const name = await createVolume(engine, {
      name: body.get('Name').word(),
      driver,
      labels: { ...body.get('Label').textMap(), ...body.get('Labels').textMap() },
      options: body.get('Options').textMap(),
      ignore: body.get('IgnoreIfExists').flag(),
    });
    return json(describeVolume(findVolume(engine.store, name)), 201);
  },
});

export const inspect = defineRoute({
  summary: 'Show a volume',
  answers: { 200: { about: 'the volume', schema: volumeSchema } },
  async handle(request) {
    return json(describeVolume(findVolume(request.engine.store, param(request, 'volume'))));
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is a volume of that name',
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    findVolume(request.engine.store, param(request, 'volume'));
    return empty();
  },
});

export const remove = defineRoute({
  summary: 'Remove a volume',
  query: {
    force: flag('with the containers that use it'),
    timeout: seconds('seconds until these are killed; at once otherwise'),
  },
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    const { engine, query } = request;
    const { name } = findVolume(engine.store, param(request, 'volume'));
    await removeVolume(engine, name, { force: query.force, timeout: patience(query.timeout) });
    return empty();
  },
});

/** The error of KEY=VALUE whose key prunes do not know. */
const invalidFilter = (word: string): string =>
  `${JSON.stringify(word.split('=', 1)[0])} is an invalid volume filter`;

export const prune = defineRoute({
  summary: 'Remove volumes that no container uses',
  query: { filters: filters() },
  answers: { 200: { about: 'what was removed', schema: reportsSchema } },
  async handle({ engine, query }) {
    const words = query.filters.filter((word) => !word.startsWith('all='));
    const unknown = words.find((word) => !/^(label|label!|until|anonymous)=/.test(word));
    if (unknown !== undefined) throw new HttpProblem(500, invalidFilter(unknown));
    const fits = await volumeFilter(words);
    const removed = await pruneMeasured(engine, fits);
    return json(removed.map(({ name, size }) => ({ Id: name, Size: size, Err: null })));
  },
});

export const exported = defineRoute({
  summary: 'Read the files of a volume',
  answers: { 200: { about: 'a tar archive', type: 'application/x-tar' } },
  async handle(request) {
    const { engine } = request;
    const { name } = findVolume(engine.store, param(request, 'volume'));
    return outputStream('application/x-tar', (fd) => exportVolume(engine, name, fd));
  },
});

export const imported = defineRoute({
  summary: 'Put the files of an archive into a volume',
  body: { about: 'a tar archive', type: 'application/x-tar' },
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    const { engine, body } = request;
    const { name } = findVolume(engine.store, param(request, 'volume'));
    await inputFor(body, (fd) => importVolume(engine, name, fd));
    return empty();
  },
});
