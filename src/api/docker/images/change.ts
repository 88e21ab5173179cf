import { BryoError } from '../../../base/errors.ts';
import { commitContainer } from '../../../engine/containers/commit.ts';
import { imageFilter } from '../../../engine/images/filters.ts';
import { pruneImages } from '../../../engine/images/prune.ts';
import { removeImage } from '../../../engine/images/remove.ts';
import { imageSize } from '../../../engine/images/size.ts';
import { tagImage } from '../../../engine/images/tag.ts';
import { resolveImage } from '../../../image/resolve.ts';
import { familiarName } from '../../../view/docker/names.ts';
import { readImageConfig } from '../../body/image-config.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, text, texts } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, listOf, objectOf, orNull } from '../../route/schema.ts';
import { fullName, withTag } from './names.ts';

export const tag = defineRoute({
  summary: 'Give an image a further name',
  query: { repo: text('the name'), tag: text('its tag; latest otherwise') },
  answers: { 201: { about: 'it is done' } },
  async handle(request) {
    const { engine, query } = request;
    if (query.repo === null || query.repo === '')
      throw new HttpProblem(400, 'repo: a name is needed');
    tagImage(engine, param(request, 'image'), [fullName(withTag(query.repo, query.tag))]);
    return empty(201);
  },
});

/** Names and images that have gone, a line each. */
const removedSchema = listOf({ type: 'object', properties: { Untagged: aText, Deleted: aText } });

export const remove = defineRoute({
  summary: 'Remove a name of an image, and with the last one the image',
  query: {
    force: flag('with all its names, and containers that do not run'),
    noprune: flag(
      'keep what it was made of: images without a name, which no removal of another takes',
    ),
  },
  answers: { 200: { about: 'it is done', schema: removedSchema } },
  async handle(request) {
    const { engine, query } = request;
    const removed = await removeImage(engine, param(request, 'image'), query.force);
    const gone = [
      ...removed.untagged.map((name) => ({ Untagged: familiarName(name) })),
      ...removed.deleted.map((id) => ({ Deleted: `sha256:${id}` })),
    ];
    return json(gone);
  },
});

export const prune = defineRoute({
  summary:
    'Remove images that no container uses: those without names, or with filter dangling=false all',
  query: { filters: filters() },
  answers: {
    200: {
      about: 'they are removed',
      schema: objectOf({ ImagesDeleted: orNull(removedSchema), SpaceReclaimed: aNumber }),
    },
  },
  async handle({ engine, query }) {
    const all = query.filters.some((word) => /^dangling=(false|0|f)$/i.test(word));
    const words = query.filters.filter((word) => !word.startsWith('dangling='));
    const fits = imageFilter(words, (name) => resolveImage(engine.store, name));
    let space = 0;
    const sizes = new Map<string, number>();
    const removed = await pruneImages(engine, (image) => {
      if ((!all && image.names.length > 0) || !fits(image)) return false;
      sizes.set(image.id, imageSize(engine, image));
      return true;
    });
    for (const id of removed) space += sizes.get(id) ?? 0;
    const shown = removed.map((id) => ({ Deleted: `sha256:${id}` }));
    return json({ ImagesDeleted: shown.length === 0 ? null : shown, SpaceReclaimed: space });
  },
});

export const commit = defineRoute({
  summary: "Make an image of a container's changes",
  query: {
    container: text('the container'),
    repo: text('its name'),
    tag: text('its tag'),
    comment: text('a message'),
    author: text('who made it'),
    pause: flag('pause the container meanwhile', true),
    changes: texts('instructions of a Dockerfile, a line each'),
  },
  body: { about: 'ContainerConfig: settings in the place of its own', schema: anObject },
  answers: { 201: { about: 'it is made', schema: objectOf({ Id: aText }) } },
  async handle(asked) {
    const { engine, query } = asked;
    const { container, repo } = query;
    const config = readImageConfig(await readBody(asked));
    if (container === null || container === '') {
      throw new HttpProblem(400, 'container: a container is needed');
    }
    const changes = query.changes.flatMap((lines) => lines.split('\n')).filter(Boolean);
    const request = {
      container: container.replace(/^\//, ''),
      name: repo ? fullName(withTag(repo, query.tag)) : null,
      author: query.author ?? '',
      message: query.comment ?? '',
      config,
      changes,
      squash: false,
      includeVolumes: false,
      format: 'docker' as const,
      onProgress: () => undefined,
    };
    const id = await commitContainer(engine, { ...request, pause: query.pause }).catch((error) => {
      // Where nothing can be paused an image can be made all the same.
      if (!(error instanceof BryoError) || error.code !== 'no-cgroups') throw error;
      return commitContainer(engine, { ...request, pause: false });
    });
    return json({ Id: `sha256:${id}` }, 201);
  },
});
