import { CORE_SCHEMA, loadAll, Type, YAMLException } from 'js-yaml';

/** Levels of a document: js-yaml's own limit for what is written out, here also for what names make. */
const depthLimit = 100;

/** Values that names (`*name`) may make of a file, beside as many as it has characters. */
const nameLimit = 100_000;

/** How whole numbers are written, and on what they count. */
const integers: readonly [pattern: RegExp, base: number][] = [
  // `0644`, as Kubernetes' reader of YAML has it for modes of files; YAML 1.2 would read 644.
  [/^([-+]?)0([0-7]+)$/, 8],
  [/^([-+]?)0o([0-7]+)$/, 8],
  [/^([-+]?)0x([0-9a-fA-F]+)$/, 16],
  [/^([-+]?)0b([01]+)$/, 2],
  [/^([-+]?)([0-9]+)$/, 10],
];

const int = new Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: string | null) =>
    text !== null && integers.some(([pattern]) => pattern.test(text)),
  construct(text: string) {
    for (const [pattern, base] of integers) {
      const [, sign, digits] = pattern.exec(text) ?? [];
      if (digits !== undefined) return Number.parseInt(`${sign}${digits}`, base);
    }
    return Number.NaN;
  },
});

/** `<<: *name`. */
const merge = new Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (text: string | null) => text === '<<',
});

const yes = ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'];
const no = ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'];

/** `yes` and `off` as well, which Kubernetes' reader still takes for true and false. */
const bool = new Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: string | null) => text !== null && (yes.includes(text) || no.includes(text)),
  construct: (text: string) => yes.includes(text),
});

const schema = CORE_SCHEMA.extend({ implicit: [bool, int, merge] });

interface Extent {
  values: number;
  depth: number;
}

/** Refuses values that a name makes a part of themselves, and those that are far more than what is written. */
function checkNames(documents: readonly unknown[], limit: number): void {
  const known = new Map<object, Extent | null>();
  const measure = (value: unknown, depth: number): Extent => {
    if (typeof value !== 'object' || value === null) return { values: 1, depth: 1 };
    const before = known.get(value);
    if (before === null) throw new SyntaxError('a value is a part of itself');
    if (before !== undefined) return before;
    if (depth > depthLimit) throw new SyntaxError(`nesting exceeds ${depthLimit} levels`);
    known.set(value, null);
    const extent = { values: 1, depth: 1 };
    for (const member of Object.values(value)) {
      const inner = measure(member, depth + 1);
      extent.values += inner.values;
      extent.depth = Math.max(extent.depth, inner.depth + 1);
    }
    if (extent.depth > depthLimit) throw new SyntaxError(`nesting exceeds ${depthLimit} levels`);
    if (extent.values > limit) throw new SyntaxError('document contains excessive aliasing');
    known.set(value, extent);
    return extent;
  };
  for (const document of documents) measure(document, 1);
}

function reasonOf({ reason, mark }: YAMLException): string {
  return mark === undefined
    ? reason
    : `${reason} at line ${mark.line + 1}, column ${mark.column + 1}`;
}

/** The values of all documents of a text. Throws SyntaxError, also for what is small in writing only. */
export function readYaml(text: string): unknown[] {
  try {
    const documents: unknown[] = [];
    loadAll(text, (document) => documents.push(document), { schema });
    // Only by a name can a value be in several places.
    if (text.includes('*')) checkNames(documents, text.length + nameLimit);
    return documents;
  } catch (error) {
    if (error instanceof YAMLException) throw new SyntaxError(reasonOf(error));
    throw error;
  }
}
