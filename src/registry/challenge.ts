/** One challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1); names in lower case. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

const schemePattern = /\s*,*\s*([A-Za-z][A-Za-z0-9._~+-]*)(?=\s|,|$)(?!\s*=)/y;
const parameterPattern =
  /\s*,?\s*([A-Za-z][A-Za-z0-9._-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))/y;

/** Longer headers are cut: nothing honest needs them. */
const headerLimit = 8192;

/** Parses a WWW-Authenticate header; what does not parse ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, headerLimit);
  const challenges: Challenge[] = [];
  let position = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found !== null) position = pattern.lastIndex;
    return found;
  };
  for (let scheme = match(schemePattern); scheme !== null; scheme = match(schemePattern)) {
    const parameters: Record<string, string> = Object.create(null);
    for (let pair = match(parameterPattern); pair !== null; pair = match(parameterPattern)) {
      const name = pair[1]?.toLowerCase() ?? '';
      parameters[name] ??= pair[2]?.replace(/\\(.)/g, '$1') ?? pair[3] ?? '';
    }
    challenges.push({ scheme: scheme[1]?.toLowerCase() ?? '', parameters });
  }
  return challenges;
}
