import { createRequested } from '../../../engine/containers/create-requested.ts';
import { canPublish } from '../../../request/network.ts';
import { readBody } from '../../body/read.ts';
import { json } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf, texts } from '../../route/schema.ts';
import { readContainer } from '../body/container.ts';
import { inSpecFieldNames } from '../body/field-names.ts';

/** podman's words for ports that nothing can be published from. */
const portsDiscarded =
  'Port mappings have been discarded as one of the Host, Container, Pod, and None network modes are in use';

export const route = defineRoute({
  summary: 'Create a container',
  body: { about: 'SpecGenerator', schema: anObject },
  answers: { 201: { about: 'it is made', schema: objectOf({ Id: aText, Warnings: texts }) } },
  async handle(request) {
    const { engine } = request;
    const spec = await readBody(request);
    const options = readContainer(engine, spec);
    const platform = ['image_os', 'image_arch', 'image_variant'].map((name) =>
      spec.get(name).word(),
    );
    const [os, arch, variant] = platform;
    const asked = arch === null ? null : [os ?? 'linux', arch, variant].filter(Boolean).join('/');
    const record = await inSpecFieldNames(() =>
      createRequested(engine, {
        options,
        // Clients pull by a request of its own.
        pull: 'never',
        source: {
          platform: asked,
          tlsVerify: true,
          authFile: null,
          onProgress: () => undefined,
          onWait: () => undefined,
        },
        replace: false,
        makeSources: false,
        startsAtOnce: false,
        commandLine: spec.get('containerCreateCommand').texts(),
      }),
    );
    const discards = !spec.get('portmappings').isZero && !canPublish(options.network);
    return json({ Id: record.id, Warnings: discards ? [portsDiscarded] : [] }, 201);
  },
});
