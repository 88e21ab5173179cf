import type { StageInstruction } from '../containerfile/instructions.ts';
import { changeSettings } from '../image/instruction-settings.ts';
import type { ImageSettings } from '../image/settings.ts';
import type { ImageState } from './config-document.ts';

function without(words: readonly string[], names: readonly string[]): string[] {
  return words.filter((word) => !names.includes(word.split('=', 1)[0] ?? ''));
}

/** The environment without some of its variables (`--unsetenv`). */
export function withoutVariables(settings: ImageSettings, names: readonly string[]): ImageSettings {
  return names.length === 0 ? settings : { ...settings, Env: without(settings.Env ?? [], names) };
}

/**
 * The image after an instruction that changes only what it says of itself. Throws BryoError `bad-containerfile`.
 */
export function applyMetadata(state: ImageState, instruction: StageInstruction): ImageState {
  const author = instruction.kind === 'maintainer' ? instruction.name : state.author;
  return { ...state, author, ...changeSettings(state, instruction) };
}
