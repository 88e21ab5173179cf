/** Text as roff reads it (groff(7)): no accidental requests, hyphens that can be copied. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

/** `bryo-run(1)` in bold. */
export function prose(text: string): string {
  return roff(text).replace(/bryo\\-([\w\\.-]+)\((\d)\)/g, '\\fBbryo\\-$1\\fP($2)');
}

export function heading(name: string, section: number, version: string): string {
  return `.TH ${name.toUpperCase()} ${section} "" "bryo ${version}" "bryo manual"`;
}
