import { BryoError } from '../base/errors.ts';
import { readSmall } from './archive-files.ts';
import { initLayout } from './layout.ts';
import type { LoadContext } from './load-context.ts';
import { loadDir } from './load-dir.ts';
import { loadDocker } from './load-docker.ts';
import { loadOci } from './load-oci.ts';
import type { ResolvedImage } from './resolve.ts';
import type { PathTransport } from './transport.ts';

function parseList(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new BryoError('bad-archive', 'manifest.json of the archive is not valid JSON');
  }
}

/** The kind of the files by what they hold: a list of images, one manifest, or an OCI layout. */
function recognise({ files, packed }: LoadContext): PathTransport {
  if (files.find('manifest.json') !== null) {
    if (packed) return 'docker-archive';
    const list = Array.isArray(parseList(readSmall(files, 'manifest.json')));
    return list ? 'docker-archive' : 'dir';
  }
  if (files.find('index.json') !== null) return packed ? 'oci-archive' : 'oci';
  throw new BryoError('bad-archive', 'the input holds no image', {
    hint: 'docker save and podman save make such archives; bryo import takes a root filesystem',
  });
}

/**
 * Takes images into the store: of an archive (docker-archive, oci-archive), an OCI image layout, or
 * a directory (dir). `expected` says which it has to be. Throws BryoError `bad-archive`,
 * `bad-image`, `wrong-digest`, `policy-rejected`.
 */
export async function loadImages(
  context: LoadContext,
  expected: PathTransport | null,
): Promise<ResolvedImage[]> {
  initLayout(context.store);
  const found = recognise(context);
  if (expected !== null && expected !== found) {
    throw new BryoError(
      'bad-archive',
      `${context.path ?? 'the input'} is ${found}, not ${expected}`,
    );
  }
  switch (found) {
    case 'docker-archive':
      return loadDocker(context, parseList(readSmall(context.files, 'manifest.json')));
    case 'dir':
      return loadDir(context);
    case 'oci':
    case 'oci-archive':
      return loadOci(context);
  }
}
