import { writeFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { push } from '../../engine/images/push.ts';
import { readChoice } from '../../request/values.ts';
import { defineCommand } from '../command.ts';
import {
  contentTrustOption,
  readAccess,
  readSigning,
  sendingOptions,
  signOptions,
} from '../options/registry.ts';
import { pullReporter } from './pull-progress.ts';

/** `docker` is podman's other word for v2s2. */
const formats = ['oci', 'v2s2', 'docker'] as const;
const compressions = ['gzip', 'zstd'] as const;

export const command = defineCommand({
  name: 'push',
  noun: 'image',
  summary: 'Send an image to a registry',
  synopsis: 'IMAGE [DESTINATION]',
  arguments: { min: 1, max: 2, kind: 'image' },
  refused: {
    'compression-level': 'layers are compressed with one level',
    'encrypt-layer': 'encrypted layers are not supported',
    'encryption-key': 'encrypted layers are not supported',
    'force-compression': 'layers that are compressed so already are sent as they are',
    'sign-by-sigstore': 'a key is named by --sign-by-sigstore-private-key',
  },
  options: [
    ...sendingOptions,
    { name: 'compress', help: 'compress plain layers with gzip; to dir: only' },
    {
      name: 'compression-format',
      value: 'FORMAT',
      choices: compressions,
      help: 'compress layers with gzip or zstd; as they are in the store otherwise',
    },
    contentTrustOption,
    { name: 'digestfile', value: 'FILE', help: "write the manifest's digest to this file" },
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      choices: formats,
      help: 'manifest as oci or v2s2 (docker); as it is in the store otherwise',
    },
    { name: 'quiet', short: 'q', help: 'show no progress' },
    { name: 'remove-signatures', help: 'send no signatures of others; always so' },
    ...signOptions,
  ],
  description: [
    'Sends an image as it is in the store, but for layers that are plain there, as those of bryo build are: these are compressed with gzip, and the manifest names them so. Otherwise its digest stays the same unless --format or --compression-format ask for a conversion. Layers that the registry has are not sent again, and those of another of its repositories are taken over from there. Without DESTINATION the image goes where its name says. DESTINATION may also be oci:PATH[:NAME], oci-archive:PATH[:NAME], docker-archive:PATH[:NAME] or dir:PATH.',
    'With --sign-by the image is signed for DESTINATION, with a signature in the place that registries.d names for writing (lookaside-staging, or ~/.local/share/containers/sigstore); a sigstore signature is attached in the registry, if registries.d allows use-sigstore-attachments there.',
  ],
  examples: [
    { command: 'bryo push app quay.io/me/app:1.0', says: 'an image of one’s own' },
    { command: 'bryo push --digestfile digest localhost:5000/app', says: 'for what comes next' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', destination = null] = args;
    if (invocation.flag('compress') && !destination?.startsWith('dir:')) {
      throw new BryoError('usage', '--compress needs a destination dir:PATH');
    }
    if (invocation.text('format') === 'v2s1') {
      throw new BryoError(
        'unsupported',
        '--format v2s1 is not supported: registries have given that format up; use v2s2',
      );
    }
    const format = readChoice('--format', invocation.text('format'), formats);
    if (invocation.flag('compress') && invocation.given('compression-format')) {
      throw new BryoError('usage', '--compress and --compression-format exclude each other');
    }
    const conversion = {
      format: format === 'docker' ? 'v2s2' : format,
      compression: readChoice(
        '--compression-format',
        invocation.flag('compress') ? 'gzip' : invocation.text('compression-format'),
        compressions,
      ),
    };
    const signing = readSigning(invocation);
    const access = await readAccess(invocation);
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const digest = await push(context.engine, {
      ...access,
      name,
      destination,
      conversion,
      signing,
      onProgress: reporter.report,
    });
    reporter.finish();
    const path = invocation.text('digestfile');
    if (path !== null) writeFileSync(path, digest, { mode: 0o644 });
    return 0;
  },
});
