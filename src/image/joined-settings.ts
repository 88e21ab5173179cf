import type { ImageSettings } from './settings.ts';

const nameOf = (word: string): string => word.split('=', 1)[0] ?? '';

function joinedSet(
  name: 'ExposedPorts' | 'Labels' | 'Volumes',
  base: ImageSettings,
  over: ImageSettings,
): ImageSettings {
  const all: object = { ...base[name], ...over[name] };
  return Object.keys(all).length === 0 ? {} : { [name]: all };
}

/** Settings with what others say: commands and names take their place, lists of names are joined. */
export function joinSettings(base: ImageSettings, over: ImageSettings): ImageSettings {
  const words = [...(base.Env ?? []), ...(over.Env ?? [])];
  const { Cmd, ...rest } = base;
  return {
    // A command is that of its entrypoint, and goes with it.
    ...(over.Entrypoint === undefined ? base : rest),
    ...over,
    ...joinedSet('ExposedPorts', base, over),
    ...joinedSet('Labels', base, over),
    ...joinedSet('Volumes', base, over),
    Env: [...new Map(words.map((word) => [nameOf(word), word])).values()],
  };
}
