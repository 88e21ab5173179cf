import {
  addToList,
  createList,
  noChanges,
  removeList,
} from '../../engine/images/manifest-lists.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { readAccess, registryOptions, signaturePolicyOption } from '../options/registry.ts';
import { readAnnotations } from './entry-options.ts';

export const command = defineCommand({
  name: 'manifest-create',
  noun: 'manifest',
  summary: 'Make a list of manifests',
  synopsis: 'LIST [IMAGE...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    { name: 'all', help: 'of images that are lists themselves, add all that is in them' },
    { name: 'amend', short: 'a', help: 'add to the list if there is one of that name' },
    { name: 'annotation', value: 'KEY=VALUE', repeat: true, help: 'annotation of the list' },
    ...registryOptions,
    signaturePolicyOption,
  ],
  description: [
    'Makes a list under a name (an OCI image index, or docker’s kind while nothing in it needs more), for images of several platforms: bryo-run(1) takes the one for the machine out of it. The IMAGEs are added as bryo-manifest-add(1) does. Prints the id of the list, which names it as well and stays the same however it is changed.',
  ],
  examples: [
    { command: 'bryo manifest create app app-amd64 app-arm64', says: 'of two images of the store' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', ...images] = args;
    const access = await readAccess(invocation);
    const amend = invocation.flag('amend');
    let id = await createList(context.engine, name, {
      amend,
      annotations: readAnnotations(invocation, 'annotation'),
    });
    const reporter = pullReporter(context, false);
    try {
      for (const image of images) {
        id = await addToList(context.engine, name, {
          ...access,
          image,
          all: invocation.flag('all'),
          changes: noChanges,
          signaturePolicy: invocation.text('signature-policy'),
          onProgress: reporter.report,
        });
      }
    } catch (error) {
      // Half a list would stand in the way of the next attempt.
      if (!amend) await removeList(context.engine, name);
      throw error;
    }
    reporter.finish();
    printLine(context, id);
    return 0;
  },
});
