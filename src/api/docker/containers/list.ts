import { containerSizes, listContainers, type Sizes } from '../../../engine/containers/list.ts';
import { sweepStore } from '../../../engine/containers/sweep.ts';
import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { dockerContainer } from '../../../view/docker/container.ts';
import { filters, flag, number } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, listOf, objectOf, textMap, texts } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'List containers',
  query: {
    all: flag('also those that do not run'),
    limit: number('so many of the newest, in any state; 0: no limit'),
    size: flag('also what the files hold that the container wrote'),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'containers, the newest first',
      schema: listOf(
        objectOf({
          Id: aText,
          Names: texts,
          Image: aText,
          ImageID: aText,
          Command: aText,
          Created: aNumber,
          Ports: listOf(objectOf({ PrivatePort: aNumber, Type: aText })),
          Labels: textMap,
          State: aText,
          Status: aText,
          HostConfig: objectOf({ NetworkMode: aText }),
          NetworkSettings: objectOf({ Networks: anObject }),
          Mounts: listOf(objectOf({ Type: aText, Source: aText, Destination: aText })),
        }),
      ),
    },
  },
  async handle({ engine, query }) {
    await sweepStore(engine);
    const { all, limit, filters: chosen } = query;
    const last = limit === null || limit <= 0 ? null : limit;
    const views = await listContainers(engine, { filters: chosen, all, last });
    const sizes: Sizes = query.size ? await containerSizes(engine, views) : new Map();
    const shown = { now: new Date(), defaultNetwork: defaultNetworkName(engine) };
    return json(
      views
        .map((view) =>
          dockerContainer(engine, view, { ...shown, size: sizes.get(view.record.id) ?? null }),
        )
        .reverse(),
    );
  },
});
