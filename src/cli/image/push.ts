import { writeFileSync } from 'node:fs';
import { push } from '../../engine/push.ts';
import { defineCommand } from '../command.ts';
import { authFileOption, credsOption, readCreds, tlsVerifyOption } from '../options/registry.ts';
import { pullReporter } from './pull-progress.ts';

export const command = defineCommand({
  name: 'push',
  noun: 'image',
  summary: 'Send an image to a registry',
  synopsis: 'IMAGE [DESTINATION]',
  arguments: { min: 1, max: 2, kind: 'image' },
  options: [
    authFileOption,
    credsOption,
    { name: 'digestfile', value: 'FILE', help: "write the manifest's digest to this file" },
    { name: 'quiet', short: 'q', help: 'show no progress' },
    tlsVerifyOption,
  ],
  description: [
    'Sends an image as it is in the store: its digest stays the same. Layers that the registry has are not sent again, and those of another of its repositories are taken over from there. Without DESTINATION the image goes where its name says.',
  ],
  examples: [
    { command: 'bryo push app quay.io/me/app:1.0', says: 'an image of one’s own' },
    { command: 'bryo push --digestfile digest localhost:5000/app', says: 'for what comes next' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [name = '', destination = null] = args;
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const digest = await push(context.engine, {
      name,
      destination,
      tlsVerify: invocation.flag('tls-verify'),
      authFile: invocation.text('authfile'),
      credentials: readCreds(invocation),
      onProgress: reporter.report,
    });
    reporter.finish();
    const path = invocation.text('digestfile');
    if (path !== null) writeFileSync(path, digest, { mode: 0o644 });
    return 0;
  },
});
