import { shownImage } from '../../../container/record.ts';
import { stateName } from '../../../engine/containers/describe.ts';
import { diskUsage } from '../../../engine/system/disk-usage.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, listOf, objectOf } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Show what the store takes on the disk',
  answers: {
    200: {
      about: 'sizes in bytes',
      schema: objectOf({
        ImagesSize: aNumber,
        Images: listOf(anObject),
        Containers: listOf(anObject),
        Volumes: listOf(anObject),
      }),
    },
  },
  async handle({ engine }) {
    const usage = await diskUsage(engine);
    return json({
      ImagesSize: usage.summary.images.size,
      Images: usage.images.flatMap(({ image, size, shared, containers }) => {
        const names = image.names.length === 0 ? ['<none>:<none>'] : image.names;
        return names.map((name) => {
          const colon = name.lastIndexOf(':');
          return {
            Repository: name.slice(0, colon),
            Tag: name.slice(colon + 1),
            ImageID: image.id,
            Created: image.config.created ?? '0001-01-01T00:00:00Z',
            Size: size,
            SharedSize: shared,
            UniqueSize: size - shared,
            Containers: containers,
          };
        });
      }),
      Containers: usage.containers.map(({ view: { record, state }, size }) => ({
        ContainerID: record.id,
        Image: shownImage(record)?.id ?? '',
        Command: record.args,
        LocalVolumes: record.volumes.length,
        Size: size,
        RWSize: size,
        Created: record.createdAt,
        Status: stateName(state),
        Names: record.name,
      })),
      Volumes: usage.volumes.map(({ volume, size }) => ({
        VolumeName: volume.name,
        Links: volume.users.length,
        Size: size,
        ReclaimableSize: volume.users.length === 0 ? size : 0,
      })),
    });
  },
});
