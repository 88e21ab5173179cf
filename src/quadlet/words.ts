const simpleEscapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** An escape sequence after its backslash, and its length; null: it is none (systemd.syntax(7)). */
function readEscape(text: string): { value: string; length: number } | null {
  const simple = simpleEscapes[text[0] ?? ''];
  if (simple !== undefined) return { value: simple, length: 1 };
  const [all, hex, octal, short, long] =
    /^(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(text) ?? [];
  if (all === undefined) return null;
  const code =
    octal !== undefined
      ? Number.parseInt(octal, 8)
      : Number.parseInt(hex ?? short ?? long ?? '', 16);
  if (code === 0 || code > 0x10ffff) return null;
  return { value: String.fromCodePoint(code), length: all.length };
}

/**
 * Splits a value into words by systemd's rules of quoting (systemd.service(5), "Command lines"):
 * quotes hold words together, backslashes escape as in C; an unknown escape stays as it is. Null: a
 * quote is not closed.
 */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < text.length; ++at) {
    const char = text[at] ?? '';
    if (char === '\\') {
      const sequence = readEscape(text.slice(at + 1));
      word = (word ?? '') + (sequence?.value ?? '\\');
      at += sequence?.length ?? 0;
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
}

const namedEscapes: Record<string, string> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
};

function escapeChar(char: string): string {
  return namedEscapes[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A word that systemd hands on as it is: it would replace specifiers (%) and variables ($). */
export function literalWord(word: string): string {
  return word.replaceAll('%', '%%').replaceAll('$', '$$$$');
}

/** A word of a command line of a unit. Specifiers (%) and variables ($) keep their meaning. */
export function quoteWord(word: string): string {
  // A semicolon alone would begin another command.
  if (word !== '' && word !== ';' && !/[\s"'\\\x00-\x1f\x7f]/.test(word)) return word;
  return `"${word.replace(/[\\"\x00-\x1f\x7f]/g, escapeChar)}"`;
}

/** A command line of a unit. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}
