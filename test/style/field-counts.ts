/** A block of fields that an interface or a type declares, its own ones: not those of what it extends. */
export interface Bag {
  name: string;
  fields: number;
}

const declaration = /^(?:export )?(?:interface|type) (\w+)/;
/** A field, but not a method: what a thing can do is no setting. */
const field = /^ *(?:readonly )?['\w-]+\??: /;

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** What is declared at one line: all up to the next one at the margin. */
function declared(lines: readonly string[], start: number): readonly string[] {
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\S/.test(line));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The largest block of each declaration of a formatted source. */
export function bagsOf(lines: readonly string[]): Bag[] {
  return lines.flatMap((line, start) => {
    const [, name] = declaration.exec(line) ?? [];
    if (name === undefined) return [];
    const counts = new Map<number, number>();
    let fields = 0;
    for (const inner of declared(lines, start)) {
      const indent = indentOf(inner);
      // A block ends where something stands further to the left.
      for (const deeper of counts.keys()) if (deeper > indent) counts.delete(deeper);
      if (!field.test(inner)) continue;
      counts.set(indent, (counts.get(indent) ?? 0) + 1);
      fields = Math.max(fields, counts.get(indent) ?? 0);
    }
    return [{ name, fields }];
  });
}
