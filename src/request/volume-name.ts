import { BryoError } from '../base/errors.ts';

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const maxNameLength = 255;

export function isVolumeName(name: string): boolean {
  return namePattern.test(name) && name.length <= maxNameLength;
}

/** Throws BryoError `bad-volume-name` unless the name is one (it becomes a directory's name). */
export function checkVolumeName(name: string): void {
  if (!isVolumeName(name)) {
    throw new BryoError('bad-volume-name', `invalid volume name ${JSON.stringify(name)}`, {
      hint: `names are letters, digits, "_", "." and "-", at most ${maxNameLength}; a host path begins with "/" or "."`,
    });
  }
}
