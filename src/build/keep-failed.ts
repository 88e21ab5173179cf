import { randomHex } from '../base/random.ts';
import { enterImage } from './commit-image.ts';
import { type BuildContext, creationTime, layerTimes } from './context.ts';
import { layerOf } from './make-layer.ts';
import type { ScratchContainer } from './scratch-container.ts';
import type { StepPlace } from './steps.ts';

/**
 * With --keep-failed the files of a failed command become an image of their own. Gives the words that say how to look
 * inside; null: they are not kept.
 */
export async function keepFailedContainer(
  { work, request }: BuildContext,
  { image }: StepPlace,
  container: ScratchContainer,
): Promise<string | null> {
  if (!request.cache.keepFailed) return null;
  const layer = await layerOf(work, container, layerTimes(request));
  const name = `localhost/failed-build-${randomHex(4)}:latest`;
  const created = creationTime(request);
  const history = [...image.history, { created, created_by: 'a command that failed' }];
  enterImage(work, {
    state: { ...image, created, history, layers: [...image.layers, layer] },
    format: 'docker',
    annotations: {},
    names: [name],
  });
  return `its files are kept: bryo run -it ${name} sh`;
}
