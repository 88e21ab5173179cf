import { BryoError } from '../../base/errors.ts';
import { loadArchive } from '../../engine/images/load.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { signaturePolicyOption } from '../options/registry.ts';
import { archiveInput } from './archive-input.ts';
import { pullReporter } from './pull-progress.ts';

export const command = defineCommand({
  name: 'load',
  noun: 'image',
  summary: 'Load images from an archive',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'file' },
  options: [
    {
      name: 'input',
      short: 'i',
      value: 'FILE',
      help: 'archive or layout directory, or an address (http, https) of an archive; standard input otherwise',
    },
    { name: 'quiet', short: 'q', help: 'show no progress' },
    signaturePolicyOption,
  ],
  description: [
    'Reads what docker save and podman save write (docker-archive, oci-archive), plain or compressed with gzip or zstd, or a directory: an OCI image layout (oci-dir), or what other tools call dir and docker-dir.',
  ],
  examples: [{ command: 'podman save alpine | bryo load', says: 'hand an image over' }],
  async run(invocation) {
    const { context } = invocation;
    const path = invocation.text('input');
    if (path === null && context.stdin.isTTY) {
      throw new BryoError(
        'usage',
        'cannot read from terminal, use command-line redirection or the --input flag',
      );
    }
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const loaded = await loadArchive(context.engine, {
      ...(await archiveInput(context, path)),
      signaturePolicy: invocation.text('signature-policy'),
      onProgress: reporter.report,
    });
    reporter.finish();
    for (const { id, names } of loaded) {
      for (const name of names.length === 0 ? [`sha256:${id}`] : names) {
        printLine(context, `Loaded image: ${name}`);
      }
    }
    return 0;
  },
});
