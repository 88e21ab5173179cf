import type { ContainerRecord } from '../../container/record.ts';

type Description = Readonly<Record<string, unknown>>;

/** A container's inspection with the types that clients of podman 4 know: an entrypoint as text, a signal as a number. */
export function asPodman4(
  found: Description,
  { entrypoint, stopSignal }: Pick<ContainerRecord, 'entrypoint' | 'stopSignal'>,
): Description {
  const config = found['Config'] as Description;
  return {
    ...found,
    Config: { ...config, Entrypoint: entrypoint.join(' '), StopSignal: stopSignal },
  };
}
