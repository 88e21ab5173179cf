/**
 * A value of a document with the name of its place (`spec.containers[0].image`): what readers of JSON and YAML have in
 * common. Each says by `problem` what its errors are. Null counts as absent, as for Go's readers.
 */
export abstract class PlacedValue<Self extends PlacedValue<Self>> {
  readonly value: unknown;
  readonly path: string;
  /** A value with members, in words. */
  readonly #mapping: string;

  constructor(value: unknown, path: string, mapping: string) {
    this.value = value;
    this.path = path;
    this.#mapping = mapping;
  }

  /** An error about this value. */
  abstract problem(why: string): Error;

  /** The error that it is of another type than is wanted. */
  abstract wrong(wanted: string): Error;

  /** Null: absent. */
  abstract text(): string | null;

  /** A value within this one. */
  abstract at(value: unknown, path: string): Self;

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  members(): Readonly<Record<string, unknown>> {
    if (this.isAbsent) return {};
    if (typeof this.value !== 'object' || Array.isArray(this.value))
      throw this.wrong(this.#mapping);
    return this.value as Readonly<Record<string, unknown>>;
  }

  /** The place of a member. */
  placeOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** The members of a mapping whose names are data. */
  entries(): [string, Self][] {
    return Object.entries(this.members()).map(([name, value]) => [
      name,
      this.at(value, `${this.path}[${JSON.stringify(name)}]`),
    ]);
  }

  items(): Self[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) throw this.wrong('a list');
    return this.value.map((one, index) => this.at(one, `${this.path}[${index}]`));
  }

  /** Text that says something; null: absent or empty. */
  word(): string | null {
    return this.text() || null;
  }

  /** A whole number; null: absent. */
  number(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): number | null {
    if (this.isAbsent) return null;
    if (typeof this.value !== 'number') throw this.wrong('a number');
    if (!Number.isSafeInteger(this.value)) throw this.problem('a whole number is needed');
    if (this.value < least) throw this.problem(`at least ${least} is needed`);
    if (this.value > most) throw this.problem(`at most ${most} is possible`);
    return this.value;
  }

  texts(): string[] {
    return this.items().map((item) => item.text() ?? '');
  }

  textMap(): Record<string, string> {
    return Object.fromEntries(this.entries().map(([name, value]) => [name, value.text() ?? '']));
  }
}
