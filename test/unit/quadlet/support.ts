import { type Converted, convertUnits } from '../../../src/quadlet/convert.ts';
import { keyTable } from '../../../src/quadlet/keys/table.ts';
import { parseUnitName, unitCommands, unitKinds } from '../../../src/quadlet/kinds.ts';
import { problemText } from '../../../src/quadlet/problem.ts';
import type { Product, SourceUnit } from '../../../src/quadlet/source.ts';
import { UnitFile } from '../../../src/quadlet/unit-file.ts';

/** A product with every flag that any key needs. */
export function completeProduct(): Product {
  const flags = new Map(
    unitKinds.map((kind) => [
      unitCommands[kind],
      new Set(keyTable[kind].flatMap(({ use }) => use.flag ?? [])),
    ]),
  );
  return { program: '/usr/bin/bryo', flags: (command) => flags.get(command) ?? null };
}

export function source(fileName: string, text: string): SourceUnit {
  const name = parseUnitName(fileName);
  if (name === null) throw new Error(`${fileName} is no unit`);
  const path = `/units/${fileName}`;
  return { fileName, path, directory: '/units', name, unit: new UnitFile().add(text, fileName) };
}

/** Converts units, given by their file names. */
export function convert(
  files: Record<string, string>,
  product: Product = completeProduct(),
): Map<string, Converted> {
  const units = Object.entries(files).map(([name, text]) => source(name, text));
  const byName = new Map(units.map((unit) => [unit.fileName, unit]));
  const find = (name: string): SourceUnit | null => byName.get(name) ?? null;
  const exists = (path: string): boolean => path === '/dev/null';
  const converted = convertUnits({ product, units, find, exists });
  return new Map(converted.map((result) => [result.source.fileName, result]));
}

/** The service of one unit; throws when there is none. */
export function serviceText(text: string, fileName = 'web.container'): string {
  const converted = convert({ [fileName]: text }).get(fileName);
  if (converted?.service == null) {
    throw new Error(converted?.problems.map(problemText).join('\n') ?? 'nothing');
  }
  return converted.service.text;
}

export function problemsOf(text: string, fileName = 'web.container', product?: Product): string[] {
  return (
    convert({ [fileName]: text }, product)
      .get(fileName)
      ?.problems.map(problemText) ?? []
  );
}

/** The words of ExecStart= after the program. */
export function startLine(text: string, fileName = 'web.container'): string {
  const [, line = ''] =
    /^ExecStart=\/usr\/bin\/bryo (.*)$/m.exec(serviceText(text, fileName)) ?? [];
  return line;
}
