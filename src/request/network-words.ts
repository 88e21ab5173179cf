import { resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { type AttachmentRequest, plainAttachment, readAttachment } from './attachment.ts';
import type { NetworkRequest } from './network.ts';

function bad(text: string, why: string): BryoError {
  return new BryoError('bad-network', `invalid --network ${JSON.stringify(text)}: ${why}`);
}

/** Words of a helper's options must not be able to begin or end anything else. */
function helperOptions(text: string, words: string): string[] {
  const options = words === '' ? [] : words.split(',');
  if (options.some((option) => option === '' || /[\s\0]/.test(option))) {
    throw bad(text, 'an option is empty or holds a space');
  }
  return options;
}

/** Words that are no name of a network (podman). */
const modeWords = [
  ...['bridge', 'slirp4netns', 'pasta', 'pod', 'none'],
  ...['default', 'private', 'ns', 'container', 'host'],
];

/** The first `--network`, which says what kind of network it is. */
function readFirst(text: string): NetworkRequest {
  const [mode = '', words = ''] = text.split(/:(.*)/s);
  const hasOptions = text.includes(':');
  if (mode === 'slirp4netns' || mode === 'pasta') {
    return { mode, options: helperOptions(text, words) };
  }
  if (mode === 'container') {
    if (words === '') throw bad(text, 'container:NAME or container:ID is needed');
    return { mode: 'container', container: words };
  }
  if (mode === 'ns') {
    if (words === '') throw bad(text, 'ns:PATH is needed');
    return { mode: 'path', path: resolve(words) };
  }
  if (mode === 'bridge') return { mode: 'bridge', networks: [readAttachment(null, words)] };
  if (modeWords.includes(mode) && hasOptions) throw bad(text, `${mode} takes no options`);
  switch (mode) {
    case 'none':
    case 'host':
      return { mode };
    case 'default':
    case 'private':
    case '':
      if (hasOptions) throw new BryoError('bad-network', 'network name cannot be empty');
      return { mode: 'default' };
    case 'pod':
      throw bad(text, 'the network of a pod is had by --pod');
    default:
      // Several names with commas between them are podman's older form.
      return {
        mode: 'bridge',
        networks: hasOptions
          ? [readAttachment(mode, words)]
          : text.split(',').map((name) => readAttachment(name, '')),
      };
  }
}

/** A further `--network`, which can only be one of the configuration directory. */
function readFurther(text: string): AttachmentRequest {
  const [name = '', words = ''] = text.split(/:(.*)/s);
  const invalid = (why: string) => new BryoError('bad-network', `${why}: invalid argument`);
  if (name === '') throw invalid('network name cannot be empty');
  if (modeWords.includes(name)) {
    throw invalid(`can only set extra network names, selected mode ${name} conflicts with bridge`);
  }
  return readAttachment(name, words);
}

/** Reads each `--network` (podman-run(1)); none: the default. Throws BryoError `bad-network`. */
export function parseNetworks(words: readonly string[]): NetworkRequest {
  const [first = 'default', ...further] = words;
  const request = readFirst(first);
  if (further.length === 0) return request;
  if (request.mode !== 'bridge') {
    const mode = first.split(':')[0];
    throw new BryoError(
      'bad-network',
      `cannot set multiple networks without bridge network mode, selected mode ${mode}: invalid argument`,
    );
  }
  return { mode: 'bridge', networks: [...request.networks, ...further.map(readFurther)] };
}

/** Reads one `--network`. Throws BryoError `bad-network`. */
export function parseNetwork(text: string): NetworkRequest {
  return parseNetworks([text]);
}

/**
 * The network of a container with an egress policy, which only bridges hold: the default one unless another was asked
 * for. Throws BryoError `bad-network`.
 */
export function heldNetwork(request: NetworkRequest): NetworkRequest {
  const { mode } = request;
  if (mode === 'default') return { mode: 'bridge', networks: [plainAttachment(null)] };
  // Without a network there is nothing to be reached.
  if (mode === 'bridge' || mode === 'none') return request;
  const word = mode === 'path' ? 'ns' : mode;
  throw new BryoError('bad-network', `--egress cannot be held by --network ${word}`, {
    hint: '--network bridge, or the name of a network',
  });
}
