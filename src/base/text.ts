// Controls of C0, DEL and C1 drive terminals; the bidirectional ones make text read as another. Lone surrogates are
// bytes of file names that are no text (file-names.ts).
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\udc80-\udcff]/gu;

const shortEscapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u001b': '\\e',
};

function escapeCharacter(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const unit = character.charCodeAt(0);
  const code = unit >= 0xdc80 && unit <= 0xdcff ? unit - 0xdc00 : unit;
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/**
 * Untrusted text (names, labels, words of a registry) for one line of a terminal: control
 * characters, and with them all ANSI escape sequences, become visible (`\e[2J`, `\n`, `\x07`).
 */
export function printable(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/**
 * Terminal text of several lines, which may be JSON and stays it: what JSON writes as it is and a
 * terminal obeys (C1, bidirectional marks) is spelled as both understand it. With `keepEscapes` ESC,
 * which JSON never writes as it is, passes.
 */
export function terminalText(text: string, keepEscapes = false): string {
  return text.replace(unsafe, (character) => {
    if (character === '\n' || character === '\t') return character;
    if (character === '\u001b' && keepEscapes) return character;
    return character > '~' ? spelled(character) : escapeCharacter(character);
  });
}

function spelled(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** How JSON.stringify spells a lone surrogate; an even number of backslashes before it are text. */
const spelledSurrogate = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/**
 * JSON.stringify for any reader: bytes of file names that are no text become U+FFFD, as with Go's encoding/json, for
 * many readers refuse a text with a lone surrogate as a whole.
 */
export function wellFormedJson(value: unknown, space?: number): string {
  const text = JSON.stringify(value, null, space) ?? 'null';
  return text.includes('\\ud') ? text.replace(spelledSurrogate, '$1\\ufffd') : text;
}

/** `wellFormedJson` with what terminals obey spelled: the same value for whoever reads it. */
export function jsonText(value: unknown, space?: number): string {
  return wellFormedJson(value, space).replace(unsafe, (character) =>
    character > '~' ? spelled(character) : character,
  );
}

/** Text in which all that a terminal obeys is a question mark. */
export function withoutControls(text: string): string {
  return text.replace(unsafe, '?');
}

/** Text of several lines without controls: newlines and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(unsafe, (character) =>
    character === '\n' || character === '\t' ? character : escapeCharacter(character),
  );
}
