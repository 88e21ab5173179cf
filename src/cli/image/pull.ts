import { BryoError } from '../../base/errors.ts';
import { obtainImage, pullAllTags, pullAny } from '../../engine/images/pull.ts';
import { readChoice } from '../../request/values.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';
import { printLine } from '../context.ts';
import {
  contentTrustOption,
  platformOptions,
  readAccess,
  readPlatform,
  registryOptions,
  signaturePolicyOption,
} from '../options/registry.ts';
import { pullReporter } from './pull-progress.ts';

const policies = ['always', 'missing', 'never', 'newer'] as const;

export const command = defineCommand({
  name: 'pull',
  noun: 'image',
  summary: 'Fetch images from a registry',
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  refused: { 'decryption-key': 'encrypted layers are not supported' },
  options: [
    {
      name: 'all-tags',
      short: 'a',
      help: 'fetch every tag of a repository; artifacts that are no images are passed over',
    },
    contentTrustOption,
    ...platformOptions,
    {
      name: 'policy',
      value: 'POLICY',
      default: 'always',
      choices: policies,
      help: 'for images of registries: always, missing (only what the store lacks), never, or newer (and keep what is there when that fails)',
    },
    ...registryOptions,
    { name: 'quiet', short: 'q', help: 'print the id only' },
    signaturePolicyOption,
  ],
  description: [
    'An IMAGE may also be one of a file: oci:PATH[:NAME], oci-archive:PATH[:NAME], docker-archive:PATH[:NAME] or dir:PATH; docker:// may stand before the name of one in a registry. In the place of NAME, @N is the image at that place of several.',
    'containers-storage:NAME takes an image over from the store that podman keeps for the caller (or [DRIVER@DIRECTORY]NAME from another one, of the drivers overlay and vfs), which stays as it is. Names, configuration and id are the same afterwards; the manifest is another one, for podman does not keep the compressed layers.',
    'policy.json (~/.config/containers, else /etc/containers; containers-policy.json(5)) decides which images may come in: all, none, or those that are signed with OpenPGP or sigstore keys. Signatures are looked for where registries.d says. Without the file every image may.',
    'Fetches an image and unpacks its layers while they arrive. Every part is checked against the digest that names it; the image gets its name only when all of it is on the disk. Prints the id of the image.',
    'In a service that is still starting ($NOTIFY_SOCKET) a pull asks the service manager for more time, five minutes at most.',
    'A pull that was cut short leaves the beginnings of layers; the next one goes on with them. They go by image prune, and after a day. A registry that makes no progress for a minute is an error.',
    'A name without a registry is looked up as registries.conf says (aliases, search registries; containers-registries.conf(5)), at docker.io when that says nothing; its mirrors, rewritten, blocked and insecure registries are honoured, too. With --all-tags a name without a registry is one of docker.io. Registries on the loopback may speak plain HTTP; others only with --tls-verify=false. Credentials are read from podman’s and docker’s files: $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json, ~/.docker/config.json. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured. Of several processes that pull the same layer one fetches it.',
  ],
  examples: [
    { command: 'bryo pull alpine', says: 'docker.io/library/alpine:latest' },
    {
      command: 'for i in $(podman images -q); do bryo pull containers-storage:$i; done',
      says: 'take over what podman has',
    },
    {
      command: 'bryo pull --platform linux/arm64 quay.io/podman/hello',
      says: 'for another machine',
    },
  ],
  async run(invocation) {
    const { context } = invocation;
    const policy = readChoice('--policy', invocation.text('policy'), policies) ?? 'always';
    if (policy !== 'always' && invocation.flag('all-tags')) {
      throw new BryoError('usage', '--policy and --all-tags exclude each other');
    }
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const common = {
      ...(await readAccess(invocation)),
      platform: readPlatform(invocation),
      signaturePolicy: invocation.text('signature-policy'),
      onProgress: reporter.report,
    };
    return forEachName(invocation, invocation.args, async (name) => {
      const request = { ...common, name };
      if (!invocation.flag('all-tags')) {
        const images =
          policy === 'always'
            ? await pullAny(context.engine, request)
            : [await obtainImage(context.engine, policy, request)];
        reporter.finish();
        return images.map(({ id }) => id).join('\n');
      }
      for await (const image of pullAllTags(context.engine, request)) {
        reporter.finish();
        printLine(context, image.id);
      }
      return null;
    });
  },
});
