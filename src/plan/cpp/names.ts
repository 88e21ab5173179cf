/** A field's name in C++; a keyword gets a trailing underscore. */
export function memberName(field: string): string {
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return name === 'volatile' || name === 'class' ? `${name}_` : name;
}

/** The name of a type. */
export function typeName(prefix: string, name: string): string {
  return `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The text of a generated header: what it is made from, what it includes, its parts. */
export function headerText(source: string, includes: readonly string[], parts: string[]): string {
  const lines = [
    `// Generated from ${source} by src/plan/generate.ts. Do not edit.`,
    '#pragma once',
    includes.map((name) => `#include ${name}`).join('\n'),
    'namespace bryo {',
    ...parts,
    '}  // namespace bryo',
  ];
  return `${lines.filter((line) => line !== '').join('\n\n')}\n`;
}
