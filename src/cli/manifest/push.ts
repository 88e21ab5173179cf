import { writeFileSync } from 'node:fs';
import { removeList } from '../../engine/images/manifest-lists.ts';
import { pushStoredList } from '../../engine/images/push.ts';
import { resolveList } from '../../image/lists.ts';
import { readChoice } from '../../request/values.ts';
import { defineCommand } from '../command.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { readAccess, readSigning, sendingOptions, signOptions } from '../options/registry.ts';

/** `docker` is podman's other word for v2s2. */
const formats = ['oci', 'v2s2', 'docker'] as const;

const sentAsItIs = 'a list is sent as it is; bryo push --compression-format makes an image anew';

export const command = defineCommand({
  name: 'manifest-push',
  noun: 'manifest',
  summary: 'Send a list of manifests to a registry or a file',
  synopsis: 'LIST [DESTINATION]',
  arguments: { min: 1, max: 2, kind: 'image' },
  options: [
    { name: 'all', on: true, help: 'send what it lists as well, not the list alone' },
    ...sendingOptions,
    { name: 'digestfile', value: 'FILE', help: "write the list's digest to this file" },
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      choices: formats,
      help: 'oci or v2s2 (docker), which lists docker’s images only; as it is otherwise',
    },
    { name: 'quiet', short: 'q', help: 'show no progress' },
    { name: 'remove-signatures', help: 'send no signatures of others; always so' },
    { name: 'rm', help: 'remove the list from the store afterwards' },
    ...signOptions,
  ],
  refused: {
    'add-compression': sentAsItIs,
    'compression-format': sentAsItIs,
    'compression-level': sentAsItIs,
    'force-compression': sentAsItIs,
    'sign-by-sigstore': 'a key is named by --sign-by-sigstore-private-key',
  },
  description: [
    'Sends a list, the manifests in it and all that hangs on them, each byte as it is: the digests stay the same. With --all=false the registry has to have them already, and many refuse a list otherwise. LIST may be an id. Without DESTINATION the list goes where its name says. DESTINATION may also be oci:PATH[:NAME], oci-archive:PATH[:NAME] or dir:PATH.',
  ],
  examples: [{ command: 'bryo manifest push app quay.io/me/app:1.0', says: 'with its images' }],
  async run(invocation) {
    const { context, args } = invocation;
    const [asked = '', destination = null] = args;
    const list = resolveList(context.engine.store, asked);
    const { name } = list;
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
      conversion: { format: format === 'docker' ? 'v2s2' : format, compression: null },
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
