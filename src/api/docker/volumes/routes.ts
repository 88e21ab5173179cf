import { BryoError } from '../../../base/errors.ts';
import { createVolume, volumeDrivers } from '../../../engine/volumes/create.ts';
import { volumeFilter } from '../../../engine/volumes/filters.ts';
import {
  describeVolume,
  findVolume,
  listVolumes,
  pruneMeasured,
  removeVolume,
  volumeExists,
} from '../../../engine/volumes/volumes.ts';
import { refuse } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, number } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import {
  aNumber,
  anObject,
  aText,
  listOf,
  objectOf,
  orNull,
  textMap,
  texts,
} from '../../route/schema.ts';
import { isSince } from '../../route/version.ts';

const volumeSchema = objectOf({
  Name: aText,
  Driver: aText,
  Mountpoint: aText,
  CreatedAt: aText,
  Labels: textMap,
  Scope: aText,
  Options: orNull(textMap),
});

/** A volume as Docker shows it, without what podman adds. */
function shown(volume: Parameters<typeof describeVolume>[0]): Record<string, unknown> {
  const { Name, Driver, Mountpoint, CreatedAt, Labels, Scope, Options } = describeVolume(volume);
  const none = Object.keys(Options as object).length === 0;
  return { Name, Driver, Mountpoint, CreatedAt, Labels, Scope, Options: none ? null : Options };
}

/** The volume of the path; its beginning is not enough. */
function named({ engine, params }: Pick<ApiRequest, 'engine' | 'params'>): string {
  const name = param({ params }, 'volume');
  if (volumeExists(engine.store, name)) return name;
  throw new BryoError('no-such-volume', `no such volume ${name}`, { about: name });
}

export const list = defineRoute({
  summary: 'List volumes',
  query: { filters: filters() },
  answers: {
    200: {
      about: 'volumes',
      schema: objectOf({ Volumes: listOf(volumeSchema), Warnings: orNull(texts) }),
    },
  },
  async handle({ engine, query }) {
    const fits = await volumeFilter(query.filters);
    return json({ Volumes: listVolumes(engine.store).filter(fits).map(shown), Warnings: null });
  },
});

export const create = defineRoute({
  summary: 'Create a volume; one that is there is no error',
  body: { about: 'VolumeCreateOptions', schema: anObject },
  answers: { 201: { about: 'it is made', schema: volumeSchema } },
  async handle(request) {
    const body = await readBody(request);
    refuse(body, { ClusterVolumeSpec: 'volumes of a cluster are those of a swarm' });
    const wanted = body.get('Driver').word() ?? 'local';
    const driver = volumeDrivers.find((known) => known === wanted);
    if (driver === undefined) {
      throw new HttpProblem(
        404,
        `create ${body.get('Name').text() ?? ''}: error looking up volume plugin ${wanted}: plugin "${wanted}" not found`,
      );
    }
    const asked = body.get('Name').word();
    const name = await createVolume(request.engine, {
      name: asked,
      // As docker has it, of whose prunes these are what goes.
      anonymous: asked === null,
      driver,
      labels: body.get('Labels').textMap(),
      options: body.get('DriverOpts').textMap(),
      ignore: true,
    });
    return json(shown(findVolume(request.engine.store, name)), 201);
  },
});

export const inspect = defineRoute({
  summary: 'Show a volume',
  answers: { 200: { about: 'the volume', schema: volumeSchema } },
  handle: async (request) => json(shown(findVolume(request.engine.store, named(request)))),
});

export const remove = defineRoute({
  summary: 'Remove a volume',
  query: { force: flag('one that is not there is no error') },
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    const { engine, query } = request;
    try {
      await removeVolume(engine, named(request), { force: false, timeout: null });
    } catch (error) {
      const isAbsent = error instanceof BryoError && error.code === 'no-such-volume';
      if (!query.force || !isAbsent) throw error;
    }
    return empty();
  },
});

export const update = defineRoute({
  summary: 'Change a volume of a cluster, of which there are none',
  query: { version: number('its version') },
  answers: { 503: { about: 'there is no swarm' } },
  async handle() {
    throw new HttpProblem(
      503,
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    );
  },
});

export const prune = defineRoute({
  summary:
    'Remove volumes that no container uses: those without names, or with filter all=true every one',
  query: { filters: filters() },
  answers: {
    200: {
      about: 'they are removed',
      schema: objectOf({ VolumesDeleted: orNull(texts), SpaceReclaimed: aNumber }),
    },
  },
  async handle({ engine, query, version }) {
    const all = query.filters.some((word) => /^all=(true|1|t)$/i.test(word));
    const words = query.filters.filter((word) => !word.startsWith('all='));
    const unknown = words.find((word) => !/^(label!?|until)=/.test(word));
    if (unknown !== undefined) {
      throw new HttpProblem(400, `invalid filter ${JSON.stringify(unknown.split('=', 1)[0])}`);
    }
    const fits = await volumeFilter(words);
    const everyone = all || !isSince(version, '1.42');
    const removed = await pruneMeasured(
      engine,
      (volume) => fits(volume) && (everyone || volume.anonymous),
    );
    return json({
      VolumesDeleted: removed.map(({ name }) => name),
      SpaceReclaimed: removed.reduce((sum, { size }) => sum + size, 0),
    });
  },
});
