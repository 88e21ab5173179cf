import { describeImage } from '../../../engine/containers/inspect/image.ts';
import { listFiltered } from '../../../engine/images/list.ts';
import { resolveImage } from '../../../image/resolve.ts';
import { familiarName } from '../../../view/docker/names.ts';
import { historyRows } from '../../../view/podman/history-row.ts';
import { imageObject } from '../../../view/podman/image-row.ts';
import { filters, flag, text } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { listOf, objectOf } from '../../route/schema.ts';
import { imageHistory, inspectedImage, listedImage } from '../../shapes.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

/** Names as Docker shows them. */
function familiar(names: unknown): string[] {
  return Array.isArray(names) ? names.filter(isText).map(familiarName) : [];
}

export const list = defineRoute({
  summary: 'List images',
  query: {
    all: flag('also those that others are made of, of which there are none'),
    digests: flag('with digests, which are always there'),
    'shared-size': flag('also what others have, too, which is not measured'),
    filter: text('the name, as clients of old ask for it'),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'images, the newest first',
      schema: listOf(objectOf(listedImage)),
    },
  },
  async handle({ engine, query }) {
    const words = query.filter ? [`reference=${query.filter}`] : [];
    const images = listFiltered(engine, [...query.filters, ...words]);
    const shown = images.map((listed) => {
      const { Id, RepoTags, RepoDigests, Created, Size, Labels } = imageObject(engine, listed);
      return {
        Id: `sha256:${Id}`,
        ParentId: '',
        RepoTags: familiar(RepoTags),
        RepoDigests: familiar(RepoDigests),
        Created,
        Size,
        SharedSize: -1,
        VirtualSize: Size,
        Labels,
        Containers: listed.containers,
      };
    });
    // One image may have come in by several manifests.
    const byId = new Map<string, (typeof shown)[number]>();
    for (const one of shown) {
      const other = byId.get(one.Id);
      if (other === undefined) byId.set(one.Id, one);
      else other.RepoTags.push(...one.RepoTags);
    }
    return json([...byId.values()].sort((a, b) => b.Created - a.Created));
  },
});

export const inspect = defineRoute({
  summary: 'Show an image',
  query: { manifests: flag('manifests of a list, which are not shown') },
  answers: {
    200: {
      about: 'the image',
      schema: objectOf(inspectedImage),
    },
  },
  async handle(request) {
    const { engine } = request;
    const image = resolveImage(engine.store, param(request, 'image'));
    const found = describeImage(engine, image);
    const { Annotations: _a, ManifestType: _m, NamesHistory: _n, History: _h, ...shown } = found;
    return json({
      ...shown,
      Id: `sha256:${image.id}`,
      RepoTags: familiar(found['RepoTags']),
      RepoDigests: familiar(found['RepoDigests']),
      DockerVersion: '',
      Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
    });
  },
});

export const history = defineRoute({
  summary: 'Show how an image was made',
  query: { platform: text('os/architecture, where a name means several') },
  answers: {
    200: {
      about: 'steps, the newest first',
      schema: imageHistory,
    },
  },
  async handle(request) {
    const { engine } = request;
    const image = resolveImage(engine.store, param(request, 'image'));
    const rows = historyRows(engine, image, { whole: true, human: false });
    return json(
      rows.map((row) => ({
        Id: row.ID,
        Created: Math.floor((Date.parse(row.Created) || 0) / 1000),
        CreatedBy: row.command,
        Tags: row.ID === '<missing>' ? null : familiar(row['Tags']),
        Size: row.bytes,
        Comment: row.Comment,
      })),
    );
  },
});
