import { writeFileSync } from 'node:fs';
import { removeList } from '../../engine/images/manifest-lists.ts';
import { pushStoredList } from '../../engine/images/push.ts';
import { resolveList } from '../../image/lists.ts';
import { readChoice } from '../../request/values.ts';
import { defineCommand } from '../command.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { readAccess, readSigning, registryOptions, signOptions } from '../options/registry.ts';

const formats = ['oci', 'v2s2'] as const;

export const command = defineCommand({
  name: 'manifest-push',
  noun: 'manifest',
  summary: 'Send a list of manifests to a registry',
  synopsis: 'LIST [DESTINATION]',
  arguments: { min: 1, max: 2, kind: 'image' },
  options: [
    { name: 'all', help: 'send what it lists as well, not the list alone' },
    ...registryOptions,
    { name: 'digestfile', value: 'FILE', help: "write the list's digest to this file" },
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      choices: formats,
      help: 'oci (the default), or v2s2 for a list of docker’s images',
    },
    { name: 'quiet', short: 'q', help: 'show no progress' },
    { name: 'remove-signatures', help: 'send no signatures of others; always so' },
    { name: 'rm', help: 'remove the list from the store afterwards' },
    ...signOptions,
  ],
  refused: {
    'compression-format':
      'a list is sent as it is; bryo push --compression-format makes an image anew',
  },
  description: [
    'Sends a list, with --all also the manifests in it and all that hangs on them, each byte as it is: the digests stay the same. Without --all the registry has to have them already, and many refuse a list otherwise. Without DESTINATION the list goes where its name says.',
  ],
  examples: [
    { command: 'bryo manifest push --all app quay.io/me/app:1.0', says: 'with its images' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', destination = null] = args;
    const list = resolveList(context.engine.store, name);
    const format = readChoice('--format', invocation.text('format'), formats);
    const signing = readSigning(invocation);
    const access = await readAccess(invocation);
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const digest = await pushStoredList(context.engine, {
      ...access,
      name,
      destination,
      list,
      all: invocation.flag('all'),
      conversion: { format, compression: null },
      signing,
      onProgress: reporter.report,
    });
    reporter.finish();
    const path = invocation.text('digestfile');
    if (path !== null) writeFileSync(path, digest, { mode: 0o644 });
    if (invocation.flag('rm')) await removeList(context.engine, name);
    return 0;
  },
});
