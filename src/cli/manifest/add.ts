import { addToList } from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { readAccess, registryOptions, signaturePolicyOption } from '../options/registry.ts';
import { artifactOptions, readArtifact, refuseArtifactFlags } from './artifact-options.ts';
import { entryOptions, readEntryChanges } from './entry-options.ts';

export const command = defineCommand({
  name: 'manifest-add',
  noun: 'manifest',
  summary: 'Add images to a list of manifests',
  synopsis: 'LIST IMAGE [IMAGE...]',
  arguments: { min: 2, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    { name: 'all', help: 'of an image that is a list itself, add all that is in it' },
    ...entryOptions,
    ...artifactOptions,
    ...registryOptions,
    signaturePolicyOption,
  ],
  description: [
    'Adds an image of the store or, when it has none of that name or the name begins with docker://, one of a registry; containers-storage: means the store only. What comes from a registry is fetched with all its layers, so that the list can be run and pushed; of an image for several platforms the machine’s own, or with --all every one. Artifacts that are no images can be added as well: they are kept as they are. The platform is what the image’s configuration or the other list says, unless flags say otherwise. With --artifact files are added instead, as one artifact.',
  ],
  examples: [
    { command: 'bryo manifest add app docker://quay.io/me/app:arm64', says: 'from a registry' },
    { command: 'bryo manifest add --artifact app app.wasm', says: 'a file' },
    { command: 'bryo manifest add --arch arm64 --variant v8 app other', says: 'another platform' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', ...images] = args;
    const changes = readEntryChanges(invocation);
    if (invocation.flag('artifact')) {
      const { addArtifact } = await import('../../engine/images/add-artifact.ts');
      const request = { ...readArtifact(invocation), files: images, changes };
      printLine(context, await addArtifact(context.engine, name, request));
      return 0;
    }
    refuseArtifactFlags(invocation);
    const access = await readAccess(invocation);
    const reporter = pullReporter(context, false);
    for (const image of images) {
      const id = await addToList(context.engine, name, {
        ...access,
        image,
        all: invocation.flag('all'),
        changes,
        signaturePolicy: invocation.text('signature-policy'),
        onProgress: reporter.report,
      });
      reporter.finish();
      printLine(context, id);
    }
    return 0;
  },
});
