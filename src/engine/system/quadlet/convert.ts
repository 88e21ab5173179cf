import { existsSync } from 'node:fs';
import { type Converted, convertUnits } from '../../../quadlet/convert.ts';
import type { Product, SourceUnit, Surroundings } from '../../../quadlet/source.ts';

/** The surroundings that units may look at on this machine. */
export function surroundings(units: readonly SourceUnit[], product: Product): Surroundings {
  const byName = new Map(units.map((unit) => [unit.fileName, unit]));
  return { product, units, find: (name) => byName.get(name) ?? null, exists: existsSync };
}

/** Services of all units. */
export function convertAll(units: readonly SourceUnit[], product: Product): Converted[] {
  return convertUnits(surroundings(units, product));
}
