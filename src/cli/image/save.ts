import { BryoError } from '../../base/errors.ts';
import { saveImages } from '../../engine/images/save.ts';
import { archiveStream, refuseTerminal } from '../archive-output.ts';
import { defineCommand } from '../command.ts';

const formats = ['docker-archive', 'docker-dir', 'oci-archive', 'oci-dir'] as const;

export const command = defineCommand({
  name: 'save',
  noun: 'image',
  summary: 'Save images to an archive',
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    { name: 'compress', help: 'compress plain layers with gzip; with --format docker-dir only' },
    {
      name: 'format',
      value: 'FORMAT',
      default: 'docker-archive',
      choices: formats,
      help: 'docker-archive, docker-dir, oci-archive or oci-dir',
    },
    {
      name: 'multi-image-archive',
      short: 'm',
      help: 'take every argument as an image; always so',
    },
    { name: 'output', short: 'o', value: 'FILE', help: 'where to; standard output otherwise' },
    { name: 'quiet', short: 'q', help: 'print nothing; always so' },
    {
      name: 'uncompressed',
      help: 'write layers without compression, in the OCI formats',
    },
  ],
  description: [
    'Writes images with their names so that bryo-load(1), podman, docker and skopeo can read them. docker-archive holds the layers uncompressed, as docker does; in the OCI formats every blob, and so every digest, stays the same, but for layers that are plain in the store, as those of bryo build are, which are compressed with gzip, and those that --uncompressed makes plain. docker-dir is what other tools call dir: one image, with a manifest of docker’s kind. The same images give the same archive.',
  ],
  examples: [
    { command: 'bryo save app | podman load', says: 'hand an image over' },
    { command: 'bryo save --format oci-archive -o app.tar app:1 app:2', says: 'several at once' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const wanted = invocation.text('format') ?? 'docker-archive';
    const format = formats.find((name) => name === wanted);
    if (format === undefined) {
      throw new BryoError('usage', `--format ${JSON.stringify(wanted)} is not supported`, {
        hint: formats.join(', '),
      });
    }
    const compress = invocation.flag('compress');
    if (compress && format !== 'docker-dir') {
      throw new BryoError('usage', '--compress needs --format docker-dir');
    }
    const path = invocation.text('output');
    if (path === null) refuseTerminal(context, 'use --output FILE');
    await saveImages(context.engine, {
      names: args,
      format,
      path,
      compress,
      plain: invocation.flag('uncompressed'),
      stdout: archiveStream(),
    });
    return 0;
  },
});
