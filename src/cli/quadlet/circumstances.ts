import { programPath } from '../../engine/system/quadlet/places.ts';
import type { SearchCircumstances } from '../../quadlet/discover.ts';
import { type UnitKind, unitCommands, unitKinds } from '../../quadlet/kinds.ts';
import type { Product, SourceUnit } from '../../quadlet/source.ts';
import type { CommandEntry, OptionSpec } from '../command.ts';
import { findCommand } from '../find-command.ts';
import { homeDirectory } from '../global-options.ts';

export function searchCircumstances(): SearchCircumstances {
  return { uid: process.geteuid?.() ?? 0, home: homeDirectory(), env: process.env };
}

function longNames(options: readonly OptionSpec[]): Set<string> {
  return new Set(options.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
}

/** This bryo, of which the option tables say what it can do with units. */
export async function thisProduct(
  commands: readonly CommandEntry[],
  kinds: readonly UnitKind[] = unitKinds,
): Promise<Product> {
  const known = new Map<string, Set<string>>();
  for (const kind of new Set(kinds)) {
    const name = unitCommands[kind];
    const found = findCommand(commands, name.split(' '));
    if (found !== null) known.set(name, longNames((await found.entry.load()).options));
  }
  return { program: programPath(), flags: (command) => known.get(command) ?? null };
}

/** As thisProduct, with no more loaded than the units need. */
export function productFor(
  commands: readonly CommandEntry[],
  units: readonly SourceUnit[],
): Promise<Product> {
  return thisProduct(
    commands,
    units.map(({ name }) => name.kind),
  );
}
