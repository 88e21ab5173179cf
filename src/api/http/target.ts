import { badMessage } from './problem.ts';

/** The place that a request is about (RFC 9112, section 3.2). */
export interface Target {
  /** The parts of the path between its slashes, decoded; a slash in one of them was written `%2F`. */
  path: readonly string[];
  query: URLSearchParams;
}

function decode(part: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(part);
  } catch {
    throw badMessage('its path is not encoded as URLs are');
  }
  if (/[\x00-\x1f\x7f]/.test(decoded)) throw badMessage('its path has control characters');
  return decoded;
}

/** Reads a path with its query, or a whole URL, of which host and scheme do not matter. Throws HttpProblem 400. */
export function readTarget(text: string): Target {
  const [, absolute] = /^https?:\/\/[^/?#]*(.*)$/i.exec(text) ?? [];
  const own = absolute ?? text;
  const from = own === '' || own.startsWith('?') ? `/${own}` : own;
  if (!/^\/[\x21\x22\x24-\x7e\x80-\xff]*$/.test(from)) throw badMessage('it asks for no path');
  const mark = from.indexOf('?');
  const path = mark < 0 ? from : from.slice(0, mark);
  const query = mark < 0 ? '' : from.slice(mark + 1);
  const parts = path.split('/').slice(1).map(decode);
  // Some clients put two slashes where they join addresses, or one at the end.
  return { path: parts.filter((part) => part !== ''), query: new URLSearchParams(query) };
}
