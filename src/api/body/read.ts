import { HttpProblem } from '../http/problem.ts';
import type { ApiRequest } from '../route/request.ts';
import { Field } from './field.ts';

/** Bytes of a body of JSON. */
const sizeLimit = 4 * 1024 * 1024;
/** Lists and objects within each other. */
const depthLimit = 64;

/** The place of a string's end, which begins before `from`; that of the text's when it has none. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (at - slashes > from && text[at - slashes - 1] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

/**
 * Tells of each bracket that is in no string how many are open behind it, until it is told that this was enough. It
 * takes as long as the text is, whatever that says: an expression may go back to each beginning of a string.
 */
function walkBrackets(text: string, tell: (depth: number, at: number) => boolean): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at];
    if (mark === '"') at = endOfString(text, at + 1);
    else if (mark === '{' || mark === '[') depth += 1;
    else if (mark === '}' || mark === ']') depth -= 1;
    else continue;
    if (mark !== '"' && tell(depth, at)) return;
  }
}

/** Throws HttpProblem 400 for a document that would take too deep a recursion to read. */
function checkDepth(text: string): void {
  walkBrackets(text, (depth) => {
    if (depth > depthLimit) throw new HttpProblem(400, 'the JSON is nested too deeply');
    return false;
  });
}

/** The first value of a text that may go on after it, as podman's clients' bodies do in places; the whole where there is none. */
function firstValue(text: string): string {
  let end = text.length;
  walkBrackets(text, (depth, at) => {
    if (depth === 0) end = at + 1;
    return depth === 0;
  });
  return text.slice(0, end);
}

/** The body of a request as JSON; an absent one is an empty object. Throws HttpProblem 400, 413. */
export async function readBody({
  api,
  body,
  headers,
}: Pick<ApiRequest, 'api' | 'body' | 'headers'>): Promise<Field> {
  const bytes = await body.bytes(sizeLimit);
  const whole = bytes.toString('utf8');
  // podman's service, written in Go, reads no further.
  const text = api === 'libpod' ? firstValue(whole) : whole;
  if (text.trim() === '') return new Field({});
  const type = (headers.get('content-type') ?? 'application/json').toLowerCase();
  if (!/^\s*application\/json\b/.test(type)) {
    throw new HttpProblem(
      400,
      `unsupported Content-Type header (${type}): must be 'application/json'`,
    );
  }
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HttpProblem(400, `the body is no JSON: ${(error as Error).message}`);
  }
  if (value === null) return new Field({});
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new HttpProblem(400, 'the body is no JSON object');
  }
  return new Field(value);
}
