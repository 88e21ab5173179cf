import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { diskUsage } from '../../../engine/system/disk-usage.ts';
import { describeVolume } from '../../../engine/volumes/volumes.ts';
import { dockerContainer } from '../../../view/docker/container.ts';
import { familiarName } from '../../../view/docker/names.ts';
import { flag, texts } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, listOf, objectOf } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Show what the store takes on the disk',
  query: { type: texts('only these: container, image, volume, build-cache'), verbose: flag('all') },
  answers: {
    200: {
      about: 'sizes in bytes',
      schema: objectOf({
        LayersSize: aNumber,
        Images: listOf(anObject),
        Containers: listOf(anObject),
        Volumes: listOf(anObject),
        BuildCache: listOf(anObject),
      }),
    },
  },
  async handle({ engine, query }) {
    const usage = await diskUsage(engine);
    const wants = (type: string): boolean => query.type.length === 0 || query.type.includes(type);
    const listed = { now: new Date(), defaultNetwork: defaultNetworkName(engine) };
    return json({
      LayersSize: usage.summary.images.size,
      Images: !wants('image')
        ? []
        : usage.images.map(({ image, size, shared, containers }) => ({
            Id: `sha256:${image.id}`,
            ParentId: '',
            RepoTags: image.names.map(familiarName),
            RepoDigests: [],
            Created: Math.floor(Date.parse(image.config.created ?? '') / 1000) || 0,
            Size: size,
            SharedSize: shared,
            VirtualSize: size,
            Labels: image.config.config.labels,
            Containers: containers,
          })),
      Containers: !wants('container')
        ? []
        : usage.containers.map(({ view, size }) =>
            dockerContainer(engine, view, { ...listed, size: { rw: size, rootFs: size } }),
          ),
      Volumes: !wants('volume')
        ? []
        : usage.volumes.map(({ volume, size }) => ({
            ...describeVolume(volume),
            UsageData: { Size: size, RefCount: volume.users.length },
          })),
      BuildCache: [],
      BuilderSize: usage.summary.buildCache.size,
    });
  },
});
