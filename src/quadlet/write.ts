import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Service } from './convert.ts';

/** Writes services and their links into a directory of units; returns the paths that were made. */
export function writeServices(directory: string, services: readonly Service[]): string[] {
  const made: string[] = [];
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  for (const { name, text, links } of services) {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o644 });
    made.push(path);
    for (const { path: link, target } of links) {
      const place = join(directory, link);
      mkdirSync(dirname(place), { recursive: true, mode: 0o755 });
      rmSync(place, { force: true });
      symlinkSync(target, place);
      made.push(place);
    }
  }
  return made;
}
