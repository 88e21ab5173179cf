import type { Connection } from './connection.ts';
import { badMessage, HttpProblem } from './problem.ts';
import { readTarget, type Target } from './target.ts';

/** The fields of a message's head. Names are in lower case; what comes several times is joined by commas. */
export type Headers = ReadonlyMap<string, string>;

/** The beginning of a request (RFC 9112, section 2.1). */
export interface RequestHead {
  /** GET, POST, …: a token in the case in which it came. */
  method: string;
  target: Target;
  version: '1.0' | '1.1';
  headers: Headers;
}

/** Bytes of a head, and lines in it. */
export const headLimits = { bytes: 64 * 1024, fields: 200 } as const;

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A field's value: visible characters, blanks, and bytes above ASCII. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const endOfHead = Buffer.from('\r\n\r\n');
/** Headers of which a second one would make another message. */
const single = ['host', 'content-length', 'content-type', 'transfer-encoding', 'expect', 'origin'];

/** The bytes of a head without its last empty line; null: the client has sent nothing more. */
async function headBytes(connection: Connection): Promise<Buffer | null> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const chunk = await connection.read();
    if (chunk === null) {
      if (bytes.length === 0) return null;
      throw badMessage('it ends within its head');
    }
    bytes = Buffer.concat([bytes, chunk]);
    // Empty lines before a request are passed by (RFC 9112, section 2.2).
    while (bytes.length > 1 && bytes[0] === 13 && bytes[1] === 10) bytes = bytes.subarray(2);
    const end = bytes.indexOf(endOfHead);
    if ((end < 0 ? bytes.length : end) > headLimits.bytes) {
      throw new HttpProblem(431, 'the head of the request is too long', { isFatal: true });
    }
    if (end < 0) continue;
    connection.unread(bytes.subarray(end + endOfHead.length));
    return bytes.subarray(0, end);
  }
}

function readField(line: string, into: Map<string, string>): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
  if (!token.test(name)) throw badMessage('a header has no name, or one that cannot be');
  if (!fieldValue.test(value)) throw badMessage(`header ${name} has characters that cannot be`);
  const key = name.toLowerCase();
  const before = into.get(key);
  if (before !== undefined && single.includes(key))
    throw badMessage(`header ${name} is there twice`);
  into.set(key, before === undefined ? value : `${before}, ${value}`);
}

function readRequestLine(line: string): Pick<RequestHead, 'method' | 'target' | 'version'> {
  const [method = '', target = '', protocol = '', ...more] = line.split(' ');
  if (!token.test(method) || more.length > 0) throw badMessage('its first line is none of HTTP');
  const [, version] = /^HTTP\/(\d\.\d)$/.exec(protocol) ?? [];
  if (version === undefined) throw badMessage('its first line names no version of HTTP');
  if (version !== '1.0' && version !== '1.1') {
    throw new HttpProblem(505, `HTTP/${version} is not spoken here; 1.1 and 1.0 are`, {
      isFatal: true,
    });
  }
  return { method, target: readTarget(target), version };
}

/**
 * Reads a request's head, strictly: lines end with CR and LF, and no line is continued by another. Null: the client
 * has no more requests. Throws HttpProblem.
 */
export async function readHead(connection: Connection): Promise<RequestHead | null> {
  const bytes = await headBytes(connection);
  if (bytes === null) return null;
  const [first = '', ...fields] = bytes.toString('latin1').split('\r\n');
  if (fields.length > headLimits.fields) {
    throw new HttpProblem(431, 'the request has too many headers', { isFatal: true });
  }
  const line = readRequestLine(first);
  const headers = new Map<string, string>();
  for (const field of fields) readField(field, headers);
  if (line.version === '1.1' && !headers.has('host')) throw badMessage('header Host is missing');
  return { ...line, headers };
}

/** Whether a header that is a list of words has this one, in whatever case. */
export function hasWord(headers: Headers, name: string, word: string): boolean {
  const words = (headers.get(name) ?? '').toLowerCase().split(',');
  return words.some((one) => one.trim() === word);
}
