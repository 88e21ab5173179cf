import { parsePlatform } from '../image/platform.ts';
import type { ResolvedImage } from '../image/resolve.ts';
import type { TransportReference } from '../image/transport.ts';
import type { Engine } from './engine.ts';
import type { PullRequest } from './images.ts';

/** Takes the images of an archive, a directory or another engine's store in. */
export async function pullFromTransport(
  engine: Engine,
  place: Exclude<TransportReference, { transport: 'docker' }>,
  request: PullRequest,
): Promise<ResolvedImage[]> {
  const { onProgress, platform, signaturePolicy = null } = request;
  const { loadArchive } = await import('./load.ts');
  return loadArchive(engine, {
    path: place.path,
    stdin: process.stdin,
    transport: place.transport,
    wanted: place.image,
    ...(platform !== null && { platform: parsePlatform(platform) }),
    signaturePolicy,
    onProgress,
  });
}
