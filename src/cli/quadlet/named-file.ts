import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { parseUnitName } from '../../quadlet/kinds.ts';

/** A path of a unit file that was given. Throws BryoError when it is none. */
export function namedUnitFile(path: string): string {
  if (parseUnitName(basename(path)) === null) {
    throw new BryoError('bad-unit-file', `${path} is not named as a unit file`, {
      hint: 'names end in .container, .volume, .network, .image, .pod, .build or .kube',
    });
  }
  if (!existsSync(path)) throw new BryoError('no-unit-file', `there is no ${path}`);
  return path;
}
