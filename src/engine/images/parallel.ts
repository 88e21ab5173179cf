import { configNumber } from '../../config/config.ts';
import type { Engine } from '../engine.ts';

/** How many layers are copied at a time, as containers.conf(5) says it; 0 is as good as nothing. */
export function parallelCopies({ config }: Pick<Engine, 'config'>): { parallel?: number } {
  const parallel = configNumber(config, 'engine.image_parallel_copies') ?? 0;
  return parallel > 0 ? { parallel } : {};
}
