import type { Engine } from '../../../engine/engine.ts';
import { imageFilter } from '../../../engine/images/filters.ts';
import { pruneImages } from '../../../engine/images/prune.ts';
import { removeImages } from '../../../engine/images/remove.ts';
import { searchImages, searchTags } from '../../../engine/images/search.ts';
import { searchFilter } from '../../../engine/images/search-filter.ts';
import { imageSize } from '../../../engine/images/size.ts';
import { tagImage, untagImage } from '../../../engine/images/tag.ts';
import { listImages, resolveImage } from '../../../image/resolve.ts';
import { searchRow } from '../../../view/podman/search-row.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag, number, text, texts } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, aText, listOf, texts as listOfTexts, objectOf } from '../../route/schema.ts';
import { type PruneReport, reportsSchema } from '../reports.ts';
import { accessQuery, readAccess } from './access.ts';

/** A name with its tag or its digest (`@sha256:…`, or `:tag@sha256:…`). */
function withTag(repo: string, tag: string | null): string {
  if (!tag) return `${repo}:latest`;
  return tag.startsWith('@') ? `${repo}${tag}` : `${repo}:${tag}`;
}

export const tag = defineRoute({
  summary: 'Give an image a further name',
  query: { repo: text('the name'), tag: text('its tag; latest otherwise') },
  answers: { 201: { about: 'it is done' } },
  async handle(request) {
    const { engine, query } = request;
    if (!query.repo) throw new HttpProblem(400, 'repo parameter is required to tag an image');
    tagImage(engine, param(request, 'image'), [withTag(query.repo, query.tag)]);
    return empty(201);
  },
});

export const untag = defineRoute({
  summary: 'Take a name off an image, or all',
  query: { repo: text('the name; all otherwise'), tag: text('its tag; latest otherwise') },
  answers: { 201: { about: 'it is done' } },
  async handle(request) {
    const { engine, query } = request;
    if (!query.repo && query.tag) {
      throw new HttpProblem(400, 'repo parameter is required to tag an image');
    }
    const names = query.repo ? [withTag(query.repo, query.tag)] : [];
    untagImage(engine, param(request, 'image'), names);
    return empty(201);
  },
});

/** The outcome of a removal, with podman-rmi(1)'s status. */
interface Removal {
  Untagged: string[];
  Deleted: string[];
  Errors: string[];
  ExitCode: number;
}

const usedStatus = 2;
const otherStatus = 125;

async function removeNamed(
  engine: Engine,
  names: readonly string[],
  { force, ignore }: { force: boolean; ignore: boolean },
): Promise<Removal> {
  const done: Removal = { Untagged: [], Deleted: [], Errors: [], ExitCode: 0 };
  for (const outcome of await removeImages(engine, names, { force })) {
    if (outcome.kind === 'removed') {
      done.Untagged.push(...outcome.untagged);
      done.Deleted.push(...outcome.deleted);
      continue;
    }
    const { code, message } = outcome.error;
    const absent = code === 'no-such-image';
    if (absent && (ignore || force)) continue;
    const used = code === 'image-in-use' || code === 'image-has-names';
    const status = absent ? 1 : used ? usedStatus : otherStatus;
    done.Errors.push(message);
    done.ExitCode = Math.max(done.ExitCode, status);
  }
  return done;
}

const removalSchema = objectOf({
  Untagged: listOfTexts,
  Deleted: listOfTexts,
  Errors: listOfTexts,
  ExitCode: aNumber,
});

const removeQuery = {
  force: flag('with all its names, and containers that use it'),
  ignore: flag('one that does not exist is no error'),
  lookupManifest: flag('lists of manifests only'),
};

export const removeSeveral = defineRoute({
  summary: 'Remove images; what goes wrong with one is told with the result',
  query: {
    ...removeQuery,
    images: texts('their names'),
    all: flag('all of them'),
    noprune: flag('keep what they were made of, which always goes'),
  },
  answers: { 200: { about: 'what was done', schema: removalSchema } },
  async handle({ engine, query }) {
    const names = query.all
      ? [...new Set(listImages(engine.store).map(({ id }) => id))]
      : query.images;
    return json(await removeNamed(engine, names, query));
  },
});

export const remove = defineRoute({
  summary: 'Remove an image',
  query: removeQuery,
  answers: { 200: { about: 'what was done', schema: removalSchema } },
  async handle(request) {
    const done = await removeNamed(request.engine, [param(request, 'image')], request.query);
    if (done.ExitCode === 0) return json(done);
    const statuses: Readonly<Record<number, number>> = { 1: 404, [usedStatus]: 409 };
    throw new HttpProblem(statuses[done.ExitCode] ?? 500, done.Errors.join('\n'));
  },
});

/** Removes images that no container uses: those without names, or all. */
export async function pruneUnused(
  engine: Engine,
  all: boolean,
  words: readonly string[],
): Promise<PruneReport[]> {
  const own = words.filter((word) => !/^(all|dangling)=/.test(word));
  const fits = imageFilter(own, (name) => resolveImage(engine.store, name));
  const sizes = new Map<string, number>();
  const removed = await pruneImages(engine, (image) => {
    if ((!all && image.names.length > 0) || !fits(image)) return false;
    sizes.set(image.id, imageSize(engine, image));
    return true;
  });
  return removed.map((id) => ({ Id: id, Size: sizes.get(id) ?? 0, Err: null }));
}

export const prune = defineRoute({
  summary: 'Remove images that no container uses: those without names, or all',
  query: {
    all: flag('also those with names'),
    external: flag('also those that only other tools use, of which there are none'),
    buildCache: flag('what builds have kept, too'),
    filters: filters(),
  },
  answers: { 200: { about: 'what was removed', schema: reportsSchema } },
  async handle({ engine, query }) {
    const all = query.all || query.filters.some((word) => /^all=(true|1|t)$/i.test(word));
    const removed = await pruneUnused(engine, all, query.filters);
    if (query.buildCache) {
      const { pruneBuildCache } = await import('../../../engine/system/build-cache.ts');
      await pruneBuildCache(engine, { all, mounts: true });
    }
    return json(removed);
  },
});

const usualLimit = 25;

export const search = defineRoute({
  summary: 'Search registries for images',
  query: {
    term: text('what is looked for'),
    limit: number('so many of each registry; 25 otherwise', 0),
    listTags: flag('the tags of the repository of that name'),
    filters: filters(),
    ...accessQuery,
  },
  answers: {
    200: {
      about: 'images',
      schema: listOf(
        objectOf({ Index: aText, Name: aText, Description: aText, Stars: aNumber, Tag: aText }),
      ),
    },
  },
  async handle(request) {
    const { engine, query } = request;
    if (!query.term) throw new HttpProblem(400, 'term: a word is needed');
    const access = readAccess(request, query.term);
    const limit = query.limit || usualLimit;
    if (query.listTags) {
      const { name, tags } = await searchTags({ ...access, term: query.term, limit });
      return json(
        tags.map((Tag) => ({
          Index: name.split('/')[0] ?? '',
          Name: name,
          Description: '',
          Stars: 0,
          Official: '',
          Automated: '',
          Tag,
        })),
      );
    }
    const fits = query.filters.map(searchFilter);
    const found = await searchImages(engine, { ...access, term: query.term, limit });
    return json(
      found
        .filter((image) => fits.every((test) => test(image)))
        .map((image) => searchRow(image, true)),
    );
  },
});
