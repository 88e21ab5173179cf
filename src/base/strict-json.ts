/** Deeper documents are refused. */
const depthLimit = 64;

/**
 * Parses JSON in which no object has a member twice: of two readers of such a document each may
 * believe another one. Throws SyntaxError, also for what JSON.parse refuses.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  checkMembers(text);
  return value;
}

/** Walks over text that is known to be JSON and looks at the names of members only. */
function checkMembers(text: string): void {
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;
  /** The members of each open object; null for an open list. */
  const open: (Set<string> | null)[] = [];
  let before = '';
  for (const [part] of text.matchAll(token)) {
    if (part === '{' || part === '[') {
      open.push(part === '{' ? new Set() : null);
      if (open.length > depthLimit) throw new SyntaxError('it is nested too deeply');
    } else if (part === '}' || part === ']') {
      open.pop();
    } else if (part.startsWith('"') && (before === '{' || before === ',')) {
      const members = open.at(-1);
      const name: string = JSON.parse(part);
      if (members?.has(name)) throw new SyntaxError(`${JSON.stringify(name)} is there twice`);
      members?.add(name);
    }
    before = part;
  }
}
