import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { projectDir } from '../support/product.ts';

/** Paths of the files below a directory whose names end so; what a build has made there is left out. */
export function sources(directory: string, ending: RegExp): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'build' ? [] : sources(path, ending);
    return ending.test(entry.name) ? [path] : [];
  });
}

export const src = join(projectDir, 'src');
export const typescript = sources(src, /\.ts$/);
export const tests = sources(join(projectDir, 'test'), /\.ts$/);
export const native = sources(join(projectDir, 'addon'), /\.(cc|h)$/);

/** A file's lines. */
export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
}

/** A file's path in the project. */
export function placeOf(path: string): string {
  return relative(projectDir, path);
}
