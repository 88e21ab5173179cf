import { BryoError } from '../../base/errors.ts';
import { signImage } from '../../engine/images/sign.ts';
import { defineCommand } from '../command.ts';
import { forEachName } from '../container/each.ts';

const noRegistry = 'no registry is asked: the image is the one in the store';

export const command = defineCommand({
  name: 'image-sign',
  noun: 'image',
  summary: 'Sign images with a key of gpg',
  synopsis: 'IMAGE [IMAGE...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [
    {
      name: 'directory',
      short: 'd',
      value: 'DIR',
      help: 'where signatures are kept, in the place of what registries.d says',
    },
    { name: 'sign-by', value: 'KEY', help: 'the key: a fingerprint or a user id' },
    { name: 'sign-passphrase-file', value: 'FILE', help: 'passphrase of the key' },
  ],
  refused: {
    all: 'a list is signed when it is pushed: bryo manifest push --sign-by',
    authfile: noRegistry,
    'cert-dir': noRegistry,
  },
  description: [
    'Makes a "simple signing" signature (container-signature(5)) of an image in the store, for its name and the digest of its manifest, and keeps it where registries.d says (lookaside-staging, else lookaside, else ~/.local/share/containers/sigstore). The image must be in its registry under that name and digest for the signature to be of use: pull it first, or push it without a conversion.',
  ],
  examples: [
    { command: 'bryo image sign --sign-by me@example.com quay.io/me/app:1', says: 'after a push' },
  ],
  async run(invocation) {
    const signBy = invocation.text('sign-by');
    if (signBy === null) throw new BryoError('usage', 'image sign needs --sign-by');
    return forEachName(invocation, invocation.args, async (name) => {
      await signImage(invocation.context.engine, {
        name: name.replace(/^(?:docker:\/\/|containers-storage:)/, ''),
        signBy,
        passphraseFile: invocation.text('sign-passphrase-file'),
        directory: invocation.text('directory'),
      });
      return null;
    });
  },
});
