/** Four decimal numbers of a byte each, without zeros before them. */
const v4Pattern = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function isV4(text: string): boolean {
  return v4Pattern.test(text);
}

function isV6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || text.includes(':::')) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const embedded = last.includes('.');
  if (embedded && !isV4(last)) return false;
  const hex = embedded ? groups.slice(0, -1) : groups;
  const count = hex.length + (embedded ? 2 : 0);
  if (!hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? count < 8 : count === 8;
}

/** 4 or 6 for the text of an IP address, else 0; without loading node:net, which takes its time. */
export function isIP(text: string): 0 | 4 | 6 {
  if (isV4(text)) return 4;
  return text.includes(':') && isV6(text) ? 6 : 0;
}
