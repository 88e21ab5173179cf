import { readdirSync } from 'node:fs';
import { moduleDirectories } from '../../config/places.ts';
import { homeDirectory } from '../global-options.ts';

function entries(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** The names that --module takes, those of the caller first. */
export function moduleNames(): string[] {
  const places = { env: process.env, home: homeDirectory(), uid: process.geteuid?.() ?? 0 };
  return [...new Set(moduleDirectories(places).flatMap(entries))];
}
