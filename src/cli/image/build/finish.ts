import { writeFileSync } from 'node:fs';
import { jsonText } from '../../../base/text.ts';
import type { BuildResult } from '../../../build/finish-image.ts';
import type { RegistryAccess } from '../../../registry/access.ts';
import type { Invocation } from '../../command.ts';
import { pullReporter } from '../pull-progress.ts';

/** Puts the images of several platforms into a list under each of the names; gives the list's id. */
export async function listImages(
  { context: { engine } }: Invocation,
  names: readonly string[],
  images: readonly BuildResult[],
  access: RegistryAccess,
): Promise<string> {
  const lists = await import('../../../engine/images/manifest-lists.ts');
  let id = '';
  for (const name of names) {
    id = await lists.createList(engine, name, { amend: true, annotations: {} });
    for (const image of images) {
      const request = {
        ...access,
        image: image.id,
        all: false,
        changes: lists.noChanges,
        signaturePolicy: null,
        onProgress() {},
      };
      id = await lists.addToList(engine, name, request);
    }
  }
  return id;
}

/** `--push`: sends the image by each of its names; gives the digest that it has there, null for no name. */
export async function pushNames(
  invocation: Invocation,
  names: readonly string[],
  access: RegistryAccess,
): Promise<string | null> {
  const { context, flag } = invocation;
  const { push } = await import('../../../engine/images/push.ts');
  let digest: string | null = null;
  for (const name of names) {
    const reporter = pullReporter(context, flag('quiet'));
    digest = await push(context.engine, {
      ...access,
      name,
      destination: null,
      conversion: { format: null, compression: null },
      signing: { signBy: null, sigstoreKey: null, passphraseFile: null },
      onProgress: reporter.report,
    });
    reporter.finish();
  }
  return digest;
}

/** An image that was built, or (without a configuration) the list of those of several platforms. */
interface Built {
  configDigest: string | null;
  manifestDigest: string;
  names: readonly string[];
}

/** `--metadata-file`, with the keys of docker buildx. `pushed`: the digest in the registry, where it went to one. */
export function writeMetadata(path: string, result: Built, pushed: string | null): void {
  const metadata = {
    ...(result.configDigest !== null && { 'containerimage.config.digest': result.configDigest }),
    'containerimage.digest': pushed ?? result.manifestDigest,
    ...(result.names.length > 0 && { 'image.name': result.names.join(',') }),
  };
  writeFileSync(path, `${jsonText(metadata, 2)}\n`);
}
