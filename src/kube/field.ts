import { BryoError } from '../base/errors.ts';
import { PlacedValue } from '../base/placed-value.ts';

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/**
 * A value of a Kubernetes document with its place (`spec.containers[0].image`). Readers throw BryoError `bad-kube` that
 * names the document, the place and what is wrong. Null counts as absent, as for Kubernetes' own reader.
 */
export class KubeField extends PlacedValue<KubeField> {
  /** The document in words: `Pod "web"`. */
  readonly document: string;

  constructor(value: unknown, path: string, document: string) {
    super(value, path, 'a mapping');
    this.document = document;
  }

  override problem(why: string): BryoError {
    const place = this.path === '' ? this.document : `${this.document}: ${this.path}`;
    return new BryoError('bad-kube', `${place}: ${why}`);
  }

  override wrong(wanted: string): BryoError {
    return this.problem(`${wanted} is needed, not ${typeName(this.value)}`);
  }

  override at(value: unknown, path: string): KubeField {
    return new KubeField(value, path, this.document);
  }

  /** The value in a document of which more is known. */
  within(document: string): KubeField {
    return new KubeField(this.value, this.path, document);
  }

  /** A member of a mapping. */
  get(name: string): KubeField {
    const members = this.members();
    return this.at(Object.hasOwn(members, name) ? members[name] : undefined, this.placeOf(name));
  }

  /** Text, as which numbers and true and false count, too: podman's reader takes them where a text has to be. */
  override text(): string | null {
    if (this.isAbsent) return null;
    const { value } = this;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value !== 'string') throw this.wrong('a text');
    if (value.includes('\0')) throw this.problem('a text cannot hold a NUL');
    return value;
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
    if (typeof this.value !== 'boolean') throw this.wrong('true or false');
    return this.value;
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
