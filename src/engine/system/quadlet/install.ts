import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import {
  readSourceUnit,
  type SearchCircumstances,
  userUnitDirectory,
} from '../../../quadlet/discover.ts';
import { parseUnitName } from '../../../quadlet/kinds.ts';
import { problemText } from '../../../quadlet/problem.ts';
import type { Product, SourceUnit } from '../../../quadlet/source.ts';
import { convertAll } from './convert.ts';

export interface InstallOptions {
  circumstances: SearchCircumstances;
  product: Product;
  replace: boolean;
}

/** Unit files of what was named: files, or directories of them. */
function namedFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new BryoError('no-unit-file', `there is no ${path}`);
    if (!stat.isDirectory()) return [path];
    return readdirSync(path)
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file).isFile());
  });
}

function checkUnits(files: readonly string[], units: readonly SourceUnit[], product: Product) {
  const errors = convertAll(units, product)
    .filter(({ source }) => files.includes(source.path))
    .flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'));
  if (errors.length === 0) return;
  const [first, ...rest] = errors.map(problemText);
  throw new BryoError('bad-unit-file', [first, ...rest].join('\n'), {
    hint: 'nothing was installed',
  });
}

/**
 * Copies unit files, with what they need beside them, to the user's own directory; returns the new
 * paths. Throws BryoError, before anything is copied, for a unit that makes no service and for a
 * file that is there already.
 */
export function installUnits(
  paths: readonly string[],
  existing: readonly SourceUnit[],
  options: InstallOptions,
): string[] {
  const { circumstances, product, replace } = options;
  const files = namedFiles(paths);
  const unitFiles = files.filter((path) => parseUnitName(basename(path)) !== null);
  if (unitFiles.length === 0) {
    throw new BryoError('no-unit-file', `no unit file among ${paths.join(', ')}`, {
      hint: 'their names end in .container, .volume, .network, .image, .pod, .build or .kube',
    });
  }
  const units = unitFiles.map((path) => readSourceUnit(path, []));
  const others = existing.filter(({ fileName }) => !units.some((u) => u.fileName === fileName));
  checkUnits(unitFiles, [...units, ...others], product);
  const directory = userUnitDirectory(circumstances);
  const targets = files.map((path) => ({ path, target: join(directory, basename(path)) }));
  const taken = targets.find(({ target }) => existsSync(target));
  if (taken !== undefined && !replace) {
    throw new BryoError('unit-exists', `${taken.target} exists already`, { hint: 'use --replace' });
  }
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  for (const { path, target } of targets) copyFileSync(path, target);
  return targets.map(({ target }) => target);
}

/** Removes a user's own unit file. Throws BryoError for one that is somebody else's. */
export function removeUnit(unit: SourceUnit, circumstances: SearchCircumstances): void {
  const directory = userUnitDirectory(circumstances);
  if (!unit.path.startsWith(`${directory}/`)) {
    throw new BryoError('not-yours', `${unit.path} is not below ${directory}: remove it yourself`);
  }
  rmSync(unit.path);
}
