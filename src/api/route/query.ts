import { isJsonObject } from '../../base/json-object.ts';
import { HttpProblem } from '../http/problem.ts';

/** The values of one parameter as they came, at least one. */
type Given = readonly [string, ...string[]];

/** A parameter of a query: how it is read, and what the documentation says of it. */
export interface QueryField<T> {
  /** The type in OpenAPI's words. */
  type: 'boolean' | 'integer' | 'string' | 'array' | 'object';
  about: string;
  /** The value when it is absent. */
  absent: T;
  /** Throws HttpProblem 400. */
  read(name: string, given: Given): T;
}

/** The parameters that a route knows; all others are passed by, as Docker does. */
// biome-ignore lint/suspicious/noExplicitAny: any type of value is one
export type QueryShape = Readonly<Record<string, QueryField<any>>>;

export type QueryValues<Shape extends QueryShape> = {
  readonly [Name in keyof Shape]: Shape[Name] extends QueryField<infer T> ? T : never;
};

function badQuery(name: string, value: string, why: string): HttpProblem {
  return new HttpProblem(400, `invalid parameter ${name}=${JSON.stringify(value)}: ${why}`);
}

/** Words that Docker, and Go, read as false and as true. */
const falseWords = ['', '0', 'f', 'n', 'no', 'off', 'false', 'none'];
const trueWords = ['1', 't', 'y', 'yes', 'on', 'true'];

/**
 * On or off. Docker takes any other word for true, and podman for an error: with a misspelt one more would be removed
 * than was meant.
 */
export function flag(about: string, absent = false): QueryField<boolean> {
  const read = (name: string, [value]: Given): boolean => {
    const word = value.trim().toLowerCase();
    if (trueWords.includes(word)) return true;
    if (falseWords.includes(word)) return false;
    throw badQuery(name, value, 'true or false is needed');
  };
  return { type: 'boolean', about, absent, read };
}

export function text(about: string): QueryField<string | null> {
  return { type: 'string', about, absent: null, read: (_name, [value]) => value };
}

/** A parameter that may come several times. */
export function texts(about: string): QueryField<readonly string[]> {
  return { type: 'array', about, absent: [], read: (_name, given) => given };
}

/** A whole number; an empty value counts as absent. */
export function number(about: string, least = Number.MIN_SAFE_INTEGER): QueryField<number | null> {
  return {
    type: 'integer',
    about,
    absent: null,
    read(name, [value]) {
      if (value === '') return null;
      const read = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (!Number.isSafeInteger(read)) throw badQuery(name, value, 'a whole number is needed');
      if (read < least) throw badQuery(name, value, `at least ${least} is needed`);
      return read;
    },
  };
}

/** Go's -1 without a sign, as podman's client sends it. */
const goNever = /^1844674407370955\d{4}$/;

/** Seconds; -1: for ever. */
export function seconds(about: string): QueryField<number | null> {
  const plain = number(`${about}; -1: never`, -1);
  const read = (name: string, [value]: Given): number | null =>
    goNever.test(value) ? -1 : plain.read(name, [value]);
  return { ...plain, read };
}

/** JSON, which its handler reads on. */
export function document(about: string): QueryField<unknown> {
  return {
    type: 'object',
    about,
    absent: undefined,
    read: (name, [value]) => readJson(name, value),
  };
}

/** The words of Go's reader for text that is no JSON, which podman's clients are told. */
function syntaxCause(text: string): string {
  const first = text.trimStart().charAt(0);
  const begins = /[{["\d-]/.test(first) || /^(true|false|null)/.test(text.trimStart());
  return begins
    ? 'unexpected end of JSON input'
    : `invalid character '${first}' looking for beginning of value`;
}

function readJson(name: string, value: string): unknown {
  if (value === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    const { status, message } = badQuery(name, value, 'JSON is needed');
    throw new HttpProblem(status, message, { cause: syntaxCause(value) });
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** The words of one key: a list, or an object whose keys they are, as of old. */
function filterValues(name: string, value: string, found: unknown): string[] {
  if (isTexts(found)) return found;
  if (isJsonObject(found)) {
    return Object.entries(found).flatMap(([key, on]) => (on === false ? [] : [key]));
  }
  throw badQuery(name, value, 'each filter needs a list of values');
}

/** `{"label":["a=b"]}` or `{"label":{"a=b":true}}`, as words of the form KEY=VALUE. */
export function filters(about = 'which ones are meant: {"KEY":["VALUE",…]}'): QueryField<string[]> {
  return {
    type: 'object',
    about,
    absent: [],
    read(name, [value]) {
      const found = readJson(name, value) ?? {};
      if (typeof found !== 'object' || found === null || Array.isArray(found)) {
        throw badQuery(name, value, 'an object of lists is needed');
      }
      return Object.entries(found).flatMap(([key, values]) =>
        filterValues(name, value, values).map((one) => `${key}=${one}`),
      );
    },
  };
}

/** The value of one parameter. podman answers filters that cannot be read with 500. */
function readField(name: string, field: QueryField<unknown>, given: Given, isPodman: boolean) {
  try {
    return field.read(name, given);
  } catch (error) {
    if (!isPodman || name !== 'filters' || !(error instanceof HttpProblem)) throw error;
    throw new HttpProblem(500, error.message, { cause: error.reason ?? undefined });
  }
}

/** The values of a query's parameters by their names in small letters. */
function inSmallLetters(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(
    [...query].map(([name, value]): [string, string] => [name.toLowerCase(), value]),
  );
}

/**
 * The values of a query's parameters; `caseless`: whatever their names' case, as podman's own clients have it. Throws
 * HttpProblem 400.
 */
export function readQuery<Shape extends QueryShape>(
  shape: Shape,
  query: URLSearchParams,
  { caseless = false } = {},
): QueryValues<Shape> {
  const given = caseless ? inSmallLetters(query) : query;
  const values = Object.entries(shape).map(([name, field]) => {
    const [first, ...more] = given.getAll(caseless ? name.toLowerCase() : name);
    if (first === undefined) return [name, field.absent];
    return [name, readField(name, field, [first, ...more], caseless)];
  });
  return Object.fromEntries(values) as QueryValues<Shape>;
}
