import { pull } from '../../engine/images.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';
import { authFileOption, tlsVerifyOption } from '../options/registry.ts';
import { pullReporter } from './pull-progress.ts';

export const command = defineCommand({
  name: 'pull',
  noun: 'image',
  summary: 'Fetch images from a registry',
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    authFileOption,
    {
      name: 'platform',
      value: 'OS/ARCH[/VARIANT]',
      help: "platform to fetch; the machine's own otherwise",
    },
    { name: 'quiet', short: 'q', help: 'print the id only' },
    tlsVerifyOption,
  ],
  description: [
    'Fetches an image and unpacks its layers while they arrive. Every part is checked against the digest that names it; the image gets its name only when all of it is on the disk. Prints the id of the image.',
    'A name without a registry is looked up as registries.conf says (aliases, search registries; containers-registries.conf(5)), at docker.io when that says nothing; its mirrors, rewritten, blocked and insecure registries are honoured, too. Registries on the loopback may speak plain HTTP; others only with --tls-verify=false. Credentials are read from podman’s and docker’s files: $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, ~/.docker/config.json.',
  ],
  examples: [
    { command: 'bryo pull alpine', says: 'docker.io/library/alpine:latest' },
    {
      command: 'bryo pull --platform linux/arm64 quay.io/podman/hello',
      says: 'for another machine',
    },
  ],
  async run(invocation) {
    const { context } = invocation;
    const reporter = pullReporter(context, invocation.flag('quiet'));
    return forEachName(invocation, invocation.args, async (name) => {
      const image = await pull(context.engine, {
        name,
        platform: invocation.text('platform'),
        tlsVerify: invocation.flag('tls-verify'),
        authFile: invocation.text('authfile'),
        onProgress: reporter.report,
      });
      reporter.finish();
      return image.id;
    });
  },
});
