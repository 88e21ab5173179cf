/** The instructions that change an image. */
const instruction =
  /^\s*(cmd|entrypoint|env|expose|label|onbuild|stopsignal|user|volume|workdir)(\s|=)/i;

/** Changes of an image, one or several in a text; a line that begins none of them belongs to the one before it. */
export function readChanges(texts: readonly string[]): string[] {
  const changes: string[] = [];
  for (const text of texts) {
    let begun = false;
    for (const line of text.split('\n')) {
      const last = changes.at(-1);
      if (begun && last !== undefined && !instruction.test(line)) {
        changes[changes.length - 1] = `${last}\n${line}`;
      } else if (line.trim() !== '') {
        changes.push(line);
        begun = true;
      }
    }
  }
  return changes;
}
