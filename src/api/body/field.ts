import { BryoError } from '../../base/errors.ts';
import { PlacedValue } from '../../base/placed-value.ts';
import { HttpProblem } from '../http/problem.ts';

/** Whether a value says nothing: Go's zero of its type, which clients send for what was not asked for. */
function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') {
    return true;
  }
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/**
 * A value of a JSON document with the name of its place (`HostConfig.Binds[0]`). Readers throw HttpProblem 400 that
 * names it. Null counts as absent, as for Go's reader, and so does the case of members' names not count.
 */
export class Field extends PlacedValue<Field> {
  constructor(value: unknown, path = '') {
    super(value, path, 'an object');
  }

  /** Whether it says nothing: absent, or Go's zero. */
  get isZero(): boolean {
    return isZero(this.value);
  }

  override problem(why: string, status = 400): HttpProblem {
    return new HttpProblem(status, this.path === '' ? why : `${this.path}: ${why}`);
  }

  override wrong(wanted: string): HttpProblem {
    const found = Array.isArray(this.value) ? 'a list' : typeof this.value;
    return this.problem(`${wanted} is needed, not ${found}`);
  }

  override at(value: unknown, path: string): Field {
    return new Field(value, path);
  }

  /** A member of the object. */
  get(name: string): Field {
    const members = this.members();
    const place = this.placeOf(name);
    if (Object.hasOwn(members, name)) return new Field(members[name], place);
    const lower = name.toLowerCase();
    const other = Object.keys(members).find((key) => key.toLowerCase() === lower);
    return new Field(other === undefined ? undefined : members[other], place);
  }

  override text(): string | null {
    if (this.isAbsent) return null;
    if (typeof this.value !== 'string') throw this.wrong('text');
    if (this.value.includes('\0')) throw this.problem('text cannot hold a NUL');
    return this.value;
  }

  flag(): boolean {
    if (this.isAbsent) return false;
    if (typeof this.value !== 'boolean') throw this.wrong('true or false');
    return this.value;
  }

  /** A whole number that says something; null: absent or 0. */
  amount(least?: number, most?: number): number | null {
    return this.isZero ? null : this.number(least, most);
  }

  /** A list of words; one text stands for a list of it. */
  words(): string[] {
    if (typeof this.value === 'string') return [this.text() ?? ''];
    return this.texts();
  }

  /** Reads with a parser of words, whose errors then name this place. */
  read<T>(parse: (text: string) => T): T {
    const text = this.text() ?? '';
    return this.named(() => parse(text));
  }

  /** Runs what throws BryoError; its errors name this place. */
  named<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      throw this.problem(withoutFlag(error.message));
    }
  }
}

/** The reason of an error about a flag: what it was given for is said elsewhere. */
function withoutFlag(message: string): string {
  return message
    .replace(/^invalid --[a-z0-9-]+ "(?:[^"\\]|\\.)*": /, '')
    .replace(/^invalid --/, 'invalid ');
}

/** Throws HttpProblem 501 for members that are known, say something, and cannot be had. */
export function refuse(object: Field, members: Readonly<Record<string, string>>): void {
  for (const [name, why] of Object.entries(members)) {
    const member = object.get(name);
    if (!member.isZero) throw member.problem(why, 501);
  }
}
