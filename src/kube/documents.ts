import { type ParseOptions, parseAllDocuments, type ScalarTag } from 'yaml';
import { BryoError } from '../base/errors.ts';
import { KubeField } from './field.ts';

/** Bytes of a file; what a cluster takes of one object is a tenth of it. */
const sizeLimit = 16 * 1024 * 1024;

/** `0644`, as Kubernetes' reader of YAML has it for modes of files; YAML 1.2 would read 644. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const options = {
  customTags: (tags: unknown[]) => [octal, ...tags] as ScalarTag[],
  merge: true,
  logLevel: 'error',
} as const satisfies ParseOptions & Record<string, unknown>;

function bad(why: string): BryoError {
  return new BryoError('bad-kube', `unable to read kube YAML: ${why}`);
}

/** The values of all documents of a file. */
function readValues(text: string): unknown[] {
  if (text.length > sizeLimit) throw bad('it is larger than 16 MiB');
  try {
    const documents = parseAllDocuments(text, options);
    // A stream without any document is told by an empty list of another kind.
    return [...documents].map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw error;
      return document.toJS() as unknown;
    });
  } catch (cause) {
    const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw bad(line.replace(/:$/, ''));
  }
}

function describe(field: KubeField, number: number): KubeField {
  const kind = field.get('kind').text() ?? '';
  const name = field.get('metadata').get('name').value;
  const called = typeof name === 'string' ? ` ${JSON.stringify(name)}` : '';
  return field.within(kind === '' ? `document ${number}` : `${kind}${called}`);
}

/** The documents of a file, those of a List each by itself; empty ones do not count. Throws BryoError `bad-kube`. */
export function readDocuments(text: string): KubeField[] {
  const all = readValues(text).map(
    (value, index) => new KubeField(value, '', `document ${index + 1}`),
  );
  return all.flatMap((field, index) => {
    if (field.isAbsent) return [];
    const document = describe(field, index + 1);
    if (document.get('kind').value !== 'List') return [document];
    const items = document.get('items').items();
    return items.map(({ value }) => describe(new KubeField(value, '', 'List'), index + 1));
  });
}
