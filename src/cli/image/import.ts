import { importImage } from '../../engine/images/load.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { changeDescription, changeOption } from '../options/changes.ts';
import { ownPlatformOptions, readPlatform, signaturePolicyOption } from '../options/registry.ts';
import { archiveInput } from './archive-input.ts';

export const command = defineCommand({
  name: 'import',
  noun: 'image',
  summary: 'Make an image from a tar of a root filesystem',
  synopsis: 'FILE|URL|- [NAME]',
  arguments: { min: 1, max: 2, kind: 'file' },
  options: [
    changeOption,
    { name: 'message', short: 'm', value: 'TEXT', help: "comment for the image's history" },
    ...ownPlatformOptions,
    { name: 'quiet', short: 'q', help: 'print nothing but the id; always so' },
    signaturePolicyOption,
  ],
  description: [
    'Takes a tar, plain or compressed with gzip or zstd, as the only layer of a new image and prints its id.',
    changeDescription,
  ],
  examples: [
    {
      command: `bryo import --change 'CMD ["sh"]' rootfs.tar.gz base`,
      says: 'localhost/base:latest',
    },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [path = '-', name] = args;
    const id = await importImage(context.engine, {
      ...(await archiveInput(context, path === '-' ? null : path)),
      name: name ?? null,
      message:
        invocation.text('message') ?? `imported from ${path === '-' ? 'standard input' : path}`,
      changes: invocation.texts('change'),
      platform: readPlatform(invocation),
      signaturePolicy: invocation.text('signature-policy'),
    });
    printLine(context, `sha256:${id}`);
    return 0;
  },
});
