import { BryoError } from '../base/errors.ts';

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/**
 * A value of a Kubernetes document with its place (`spec.containers[0].image`). Readers throw BryoError `bad-kube` that
 * names the document, the place and what is wrong. Null counts as absent, as for Kubernetes' own reader.
 */
export class KubeField {
  readonly value: unknown;
  readonly path: string;
  /** The document in words: `Pod "web"`. */
  readonly document: string;

  constructor(value: unknown, path: string, document: string) {
    this.value = value;
    this.path = path;
    this.document = document;
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** An error about this value. */
  problem(why: string): BryoError {
    const place = this.path === '' ? this.document : `${this.document}: ${this.path}`;
    return new BryoError('bad-kube', `${place}: ${why}`);
  }

  #wrong(wanted: string): BryoError {
    return this.problem(`${wanted} is needed, not ${typeName(this.value)}`);
  }

  #members(): Readonly<Record<string, unknown>> {
    if (this.isAbsent) return {};
    if (typeof this.value !== 'object' || Array.isArray(this.value)) throw this.#wrong('a mapping');
    return this.value as Readonly<Record<string, unknown>>;
  }

  /** The value in a document of which more is known. */
  within(document: string): KubeField {
    return new KubeField(this.value, this.path, document);
  }

  /** A member of a mapping. */
  get(name: string): KubeField {
    const members = this.#members();
    const path = this.path === '' ? name : `${this.path}.${name}`;
    return new KubeField(
      Object.hasOwn(members, name) ? members[name] : undefined,
      path,
      this.document,
    );
  }

  /** The members of a mapping whose names are data. */
  entries(): [string, KubeField][] {
    return Object.entries(this.#members()).map(([name, value]) => [
      name,
      new KubeField(value, `${this.path}[${JSON.stringify(name)}]`, this.document),
    ]);
  }

  items(): KubeField[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) throw this.#wrong('a list');
    return this.value.map((one, index) => {
      return new KubeField(one, `${this.path}[${index}]`, this.document);
    });
  }

  /** Text, as which numbers and true and false count, too: podman's reader takes them where a text has to be. */
  text(): string | null {
    if (this.isAbsent) return null;
    const { value } = this;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw this.#wrong('a text');
    if (value.includes('\0')) throw this.problem('a text cannot hold a NUL');
    return value;
  }

  /** Text that says something; null: absent or empty. */
  word(): string | null {
    return this.text() || null;
  }

  /** Text that has to say something. */
  needed(): string {
    const word = this.word();
    if (word === null) throw this.problem('it is needed');
    return word;
  }

  /** A word among few; null: absent or empty. */
  choice<T extends string>(choices: readonly T[]): T | null {
    const word = this.word();
    const found = choices.find((choice) => choice === word);
    if (word === null || found !== undefined) return found ?? null;
    throw this.problem(`${JSON.stringify(word)} is none of ${choices.join(', ')}`);
  }

  /** Null: absent. */
  flag(): boolean | null {
    if (this.isAbsent) return null;
    if (typeof this.value !== 'boolean') throw this.#wrong('true or false');
    return this.value;
  }

  /** A whole number; null: absent. */
  number(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): number | null {
    if (this.isAbsent) return null;
    if (typeof this.value !== 'number') throw this.#wrong('a number');
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

  /** Runs what throws BryoError about a flag; its errors name this place. */
  named<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof BryoError) || error.code === 'bad-kube') throw error;
      const why = error.message.replace(/^invalid --[a-z0-9-]+ ("(?:[^"\\]|\\.)*"): /, '$1: ');
      throw this.problem(why);
    }
  }
}
