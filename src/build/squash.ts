import { layerDiff } from '../store/layers.ts';
import { makeContentDirectory } from '../store/store-dirs.ts';
import { mergeLayers, removeTrees, squashLayers } from '../store/worker.ts';
import type { BuiltLayer, ImageState } from './config-document.ts';
import { type BuildContext, layerTimes } from './context.ts';
import { layerOfTree } from './make-layer.ts';
import { scratchContainer } from './scratch-container.ts';

async function oneLayer(
  { work, request }: BuildContext,
  layers: readonly BuiltLayer[],
  whole: boolean,
): Promise<BuiltLayer> {
  const { store } = work.engine;
  const idMap = work.engine.idMap();
  const tree = work.freePath();
  // Makes sure that the layers are unpacked.
  await (await scratchContainer(work, layers)).remove();
  makeContentDirectory(idMap, tree, 0o755);
  try {
    const directories = layers.map(({ diffId }) => layerDiff(store, idMap, diffId));
    await (whole ? mergeLayers : squashLayers)(directories, tree, idMap);
    return await layerOfTree(work, tree, { times: layerTimes(request), own: true });
  } finally {
    await removeTrees([tree], idMap);
  }
}

/** The history with a single layer for so many of its entries, which is that of the last. */
function squashedHistory(image: ImageState, kept: number): ImageState['history'] {
  let seen = 0;
  const total = image.history.filter(({ empty_layer }) => empty_layer !== true).length;
  return image.history.map((entry) => {
    if (entry.empty_layer === true) return entry;
    seen += 1;
    return seen <= kept || seen === total ? entry : { ...entry, empty_layer: true };
  });
}

/** The image with one layer instead of its new ones, or of all. `base`: how many layers are not new. */
export async function squash(
  context: BuildContext,
  image: ImageState,
  base: number,
): Promise<ImageState> {
  const { result } = context.request;
  const whole = result.squash === 'all';
  const kept = whole ? 0 : base;
  const fresh = image.layers.slice(kept);
  const wanted = whole || result.squash === 'new' || !result.layers;
  if (!wanted || fresh.length === 0 || (fresh.length === 1 && !whole)) return image;
  const layer = await oneLayer(context, fresh, whole);
  return {
    ...image,
    layers: [...image.layers.slice(0, kept), layer],
    history: squashedHistory(image, kept),
  };
}
