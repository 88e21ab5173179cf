import type { ContainerView } from '../../../engine/containers/describe.ts';
import { healthStatus } from '../../../engine/containers/health.ts';
import { containerSizes, listContainers, type Sizes } from '../../../engine/containers/list.ts';
import { sweepStore } from '../../../engine/containers/sweep.ts';
import { psObject, shownNamespaces } from '../../../view/podman/container-row.ts';
import { filters, flag, number } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import {
  aFlag,
  aNumber,
  anObject,
  aText,
  listOf,
  objectOf,
  orNull,
  texts,
} from '../../route/schema.ts';

/** The numbers of its namespaces under the names that podman's listing has for them. */
function namespacesOf({ state }: ContainerView): Record<string, string> {
  if (state.status !== 'running') return {};
  const { CGROUPNS, IPC, MNT, NET, PIDNS, USERNS, UTS } = shownNamespaces(state.pid);
  return { Cgroup: CGROUPNS, Ipc: IPC, Mnt: MNT, Net: NET, Pidns: PIDNS, User: USERNS, Uts: UTS };
}

export const route = defineRoute({
  summary: 'List containers',
  query: {
    all: flag('also those that do not run'),
    limit: number('so many of the newest, in any state; 0: no limit'),
    last: number('the same'),
    namespace: flag('also the namespaces of their processes'),
    size: flag('also what the files hold that the container wrote'),
    sync: flag('look at the living processes first, as is always done'),
    external: flag('also containers of other tools, of which there are none'),
    filters: filters(),
  },
  answers: {
    200: {
      about: 'containers, the oldest first',
      schema: listOf(
        objectOf({
          Id: aText,
          Names: texts,
          Image: aText,
          ImageID: aText,
          Command: texts,
          Created: aText,
          CreatedAt: aText,
          StartedAt: aNumber,
          Exited: aFlag,
          ExitedAt: aNumber,
          ExitCode: aNumber,
          IsInfra: aFlag,
          Labels: orNull(anObject),
          Mounts: texts,
          Networks: texts,
          Pid: aNumber,
          Pod: aText,
          PodName: aText,
          Ports: orNull(listOf(anObject)),
          State: aText,
          Status: aText,
        }),
      ),
    },
  },
  async handle({ engine, query }) {
    await sweepStore(engine);
    const asked = query.last ?? query.limit;
    const last = asked === null || asked <= 0 ? null : asked;
    const views = await listContainers(engine, { filters: query.filters, all: query.all, last });
    const sizes: Sizes = query.size ? await containerSizes(engine, views) : new Map();
    const now = new Date();
    return json(
      views.map((view) => ({
        ...psObject(engine, view, { now, size: sizes.get(view.record.id) ?? null }),
        Created: view.record.createdAt,
        // Clients make words of the times themselves, and add this.
        Status: healthStatus(engine.store, view.record) ?? '',
        Namespaces: query.namespace ? namespacesOf(view) : {},
      })),
    );
  },
});
