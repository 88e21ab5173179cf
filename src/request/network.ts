import { resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';

/** `--network`, parsed. `options` are the words after the colon, as given. */
export type NetworkRequest =
  | { mode: 'default' }
  | { mode: 'slirp4netns' | 'pasta'; options: string[] }
  | { mode: 'none' }
  | { mode: 'host' }
  | { mode: 'container'; container: string }
  | { mode: 'path'; path: string }
  /** A network of the network configuration directory. */
  | { mode: 'named'; name: string };

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

/** Reads `--network` (podman-run(1)). Throws BryoError `bad-network`. */
export function parseNetwork(text: string): NetworkRequest {
  const [mode = '', words = ''] = text.split(/:(.*)/s);
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
  if (words !== '' || text.endsWith(':')) throw bad(text, `${mode} takes no options`);
  switch (mode) {
    case 'none':
    case 'host':
      return { mode };
    case 'default':
    case 'private':
      return { mode: 'default' };
    case 'bridge':
      throw bad(text, 'bridge networks are not available yet; the default network reaches out');
    default:
      if (!/^[a-zA-Z0-9][\w.-]*$/.test(mode)) throw bad(text, 'that is no name of a network');
      return { mode: 'named', name: mode };
  }
}
