import type { ContainerRecord } from '../../container/record.ts';
import type { Engine } from '../engine.ts';
import { inspectContainer } from './inspect.ts';
import { containerSize } from './own-layer.ts';

/** A container as `inspect --size` shows it: SizeRw and SizeRootFs take their time. */
export async function inspectWithSize(
  engine: Engine,
  record: ContainerRecord,
): Promise<Record<string, unknown>> {
  const { rw, rootFs } = await containerSize(engine, record);
  return { ...inspectContainer(engine, record.id), SizeRw: rw, SizeRootFs: rootFs };
}
