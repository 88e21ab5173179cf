import { homedir } from 'node:os';
import { BryoError } from '../../../base/errors.ts';
import { imageChanges } from '../../../engine/containers/diff.ts';
import { describeImage } from '../../../engine/containers/inspect/image.ts';
import { imageFilter } from '../../../engine/images/filters.ts';
import { type ListedImage, listFiltered } from '../../../engine/images/list.ts';
import { resolveNamed } from '../../../image/foreign-list.ts';
import { formatReference, parseReference } from '../../../image/reference.ts';
import { resolveImage } from '../../../image/resolve.ts';
import { expandShortName } from '../../../image/sources.ts';
import { loadRegistriesConf } from '../../../registry/registries-conf.ts';
import { historyRows } from '../../../view/podman/history-row.ts';
import { imageObject } from '../../../view/podman/image-row.ts';
import { imageTree } from '../../../view/podman/image-tree.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, flag } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
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
import { imageHistory, inspectedImage, listedImage } from '../../shapes.ts';

export const list = defineRoute({
  summary: 'List images',
  query: {
    all: flag('also those that others are made of, of which there are none'),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'images',
      schema: listOf(
        objectOf({ ...listedImage, VirtualSize: aNumber, Digest: aText, History: texts }),
      ),
    },
  },
  async handle({ engine, query }) {
    const references = query.filters.filter((word) => word.startsWith('reference='));
    const named = imageFilter(references, (name) => resolveImage(engine.store, name));
    const byId = new Map<string, ListedImage>();
    // One image may have come in by several manifests. Of its names those count that were asked for.
    for (const listed of listFiltered(engine, query.filters)) {
      const { image } = listed;
      const wanted = image.names.filter((name) => named({ ...image, names: [name] }));
      const own = references.length === 0 || wanted.length === 0 ? image.names : wanted;
      const names = [...(byId.get(image.id)?.image.names ?? []), ...own];
      byId.set(image.id, { ...listed, image: { ...image, names } });
    }
    return json(
      [...byId.values()].map((listed) => {
        const { CreatedAt: _, ...shown } = imageObject(engine, listed);
        return { ...shown, RepoTags: shown.RepoTags ?? [], IsManifestList: false };
      }),
    );
  },
});

export const inspect = defineRoute({
  summary: 'Show an image',
  query: { size: flag('with its size, which is always there') },
  answers: {
    200: {
      about: 'the image',
      schema: objectOf({
        ...inspectedImage,
        Digest: aText,
        Labels: orNull(textMap),
        History: listOf(anObject),
      }),
    },
  },
  async handle(request) {
    const image = resolveImage(request.engine.store, param(request, 'image'));
    return json(describeImage(request.engine, image));
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is an image of that name',
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    const name = param(request, 'image');
    try {
      resolveNamed(request.engine.store, name);
    } catch (error) {
      if (!(error instanceof BryoError) || error.code !== 'no-such-image') throw error;
      const cause = `failed to find image ${name}`;
      throw new HttpProblem(404, `${cause}: ${error.message}`, { cause });
    }
    return empty();
  },
});

export const history = defineRoute({
  summary: 'Show how an image was made',
  answers: {
    200: {
      about: 'steps, the newest first',
      schema: imageHistory,
    },
  },
  async handle(request) {
    const { engine } = request;
    const image = resolveImage(engine.store, param(request, 'image'));
    return json(
      historyRows(engine, image, { whole: true, human: false }).map((row) => ({
        Id: row.ID.replace(/^sha256:/, ''),
        Created: Math.floor((Date.parse(row.Created) || 0) / 1000),
        CreatedBy: row.command,
        Tags: row['Tags'] ?? null,
        Size: row.bytes,
        Comment: row.Comment,
      })),
    );
  },
});

export const tree = defineRoute({
  summary: 'Show the layers of an image as a tree',
  query: { whatRequires: flag('what is built on it instead') },
  answers: { 200: { about: 'the tree as text', schema: objectOf({ Tree: aText }) } },
  async handle(request) {
    const { engine, query } = request;
    const image = resolveImage(engine.store, param(request, 'image'));
    return json({ Tree: imageTree(engine, image, query.whatRequires) });
  },
});

/** Docker's numbers of kinds of changes. */
const kinds = { C: 0, A: 1, D: 2 } as const;

export const changes = defineRoute({
  summary: 'List the files that the newest layer of an image has changed',
  answers: { 200: { about: 'paths', schema: listOf(objectOf({ Path: aText, Kind: aNumber })) } },
  async handle(request) {
    const name = param(request, 'image');
    const found = await imageChanges(request.engine, name, null);
    if (found === null) throw new BryoError('no-such-image', `${name}: image not known`);
    return json(found.map(({ kind, path }) => ({ Path: path, Kind: kinds[kind] })));
  },
});

export const resolve = defineRoute({
  summary: 'List the full names that a short one may stand for',
  answers: { 200: { about: 'names', schema: objectOf({ Names: texts }) } },
  async handle(request) {
    const conf = loadRegistriesConf({ env: process.env, home: homedir() });
    const reference = parseReference(param(request, 'image'));
    // All of them are told, also where a pull would want one answer only.
    const names = expandShortName({ ...conf, shortNameMode: 'permissive' }, reference);
    return json({ Names: names.map(formatReference) });
  },
});
