import { HttpProblem } from '../http/problem.ts';
import type { ApiRequest } from '../route/request.ts';
import { Field } from './field.ts';

/** Bytes of a body of JSON. */
const sizeLimit = 4 * 1024 * 1024;
/** Lists and objects within each other. */
const depthLimit = 64;

/** Throws HttpProblem 400 for a document that would take too deep a recursion to read. */
function checkDepth(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth > depthLimit) throw new HttpProblem(400, 'the JSON is nested too deeply');
  }
}

/** The first value of a text that may go on after it, as podman's clients' bodies do in places; the whole where there is none. */
function firstValue(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth === 0) return text.slice(0, index + token.length);
  }
  return text;
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
