import { findRecord } from '../../../container/records.ts';
import { inspectContainer } from '../../../engine/containers/inspect.ts';
import { inspectWithSize } from '../../../engine/containers/inspect-with-size.ts';
import { defaultNetworkName } from '../../../engine/networks/default-name.ts';
import { withAsked } from '../../../view/docker/as-asked.ts';
import { asDocker } from '../../../view/docker/inspect.ts';
import { flag } from '../../route/query.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { objectOf } from '../../route/schema.ts';
import { inspectedContainer } from '../../shapes.ts';

export const route = defineRoute({
  summary: 'Show a container',
  query: { size: flag('also what the files hold that the container wrote') },
  answers: {
    200: {
      about: 'the container',
      schema: objectOf(inspectedContainer),
    },
  },
  async handle(request) {
    const { engine, query } = request;
    const record = findRecord(engine.store, param(request, 'container'));
    const found = query.size
      ? await inspectWithSize(engine, record)
      : inspectContainer(engine, record.id);
    const defaultNetwork = defaultNetworkName(engine);
    const shown = asDocker(found, record.entrypoint, defaultNetwork);
    return json(withAsked(shown, record.options, defaultNetwork));
  },
});
