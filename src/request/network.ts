import type { AttachmentRequest } from './attachment.ts';

/** `--network`, parsed. `options` are the words after the colon, as given. */
export type NetworkRequest =
  | { mode: 'default' }
  | { mode: 'slirp4netns' | 'pasta'; options: string[] }
  | { mode: 'none' }
  | { mode: 'host' }
  | { mode: 'container'; container: string }
  | { mode: 'path'; path: string }
  /** Networks of the configuration directory; none when all of them have been disconnected. */
  | { mode: 'bridge'; networks: AttachmentRequest[] };

/** Whether a container has a network namespace of its own. */
export function hasOwnNetwork({ mode }: NetworkRequest): boolean {
  return !['host', 'container', 'path'].includes(mode);
}

/** Whether ports can be published: not from networks that are somebody else's, or none. */
export function canPublish(request: NetworkRequest): boolean {
  return hasOwnNetwork(request) && request.mode !== 'none';
}

/** The names of the networks that a record joins. */
export function networkNames(request: NetworkRequest): string[] {
  if (request.mode !== 'bridge') return [];
  return request.networks.flatMap(({ network }) => network ?? []);
}
