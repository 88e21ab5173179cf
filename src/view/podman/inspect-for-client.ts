import { signalName } from '../../base/signals.ts';
import type { ContainerRecord } from '../../container/record.ts';

type Description = Readonly<Record<string, unknown>>;

/**
 * A container's inspection with the types that podman's clients know: those of version 4 an entrypoint as text and a
 * signal as a number, those of version 5 a list and a name.
 */
export function inspectedFor(
  major: number,
  found: Description,
  { entrypoint, stopSignal }: Pick<ContainerRecord, 'entrypoint' | 'stopSignal'>,
): Description {
  const config = found['Config'] as Description;
  const own =
    major < 5
      ? { Entrypoint: entrypoint.join(' '), StopSignal: stopSignal }
      : { Entrypoint: entrypoint, StopSignal: signalName(stopSignal) };
  return { ...found, Config: { ...config, ...own } };
}
