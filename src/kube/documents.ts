import { BryoError } from '../base/errors.ts';
import { KubeField } from './field.ts';
import { readYaml } from './yaml.ts';

/** Bytes of a file; what a cluster takes of one object is a tenth of it. */
const sizeLimit = 16 * 1024 * 1024;

function bad(why: string): BryoError {
  return new BryoError('bad-kube', `unable to read kube YAML: ${why}`);
}

/** The text of a file: UTF-8, or UTF-16 with the mark of that, which some shells write. Throws BryoError `bad-kube`. */
export function decodeKube(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const littleEndian = first === 0xff && second === 0xfe;
  const encoding = littleEndian ? 'utf-16le' : first === 0xfe && second === 0xff && 'utf-16be';
  try {
    return new TextDecoder(encoding || 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad('it is no text in UTF-8');
  }
}

/** The values of all documents of a file. */
function readValues(text: string): unknown[] {
  if (text.length > sizeLimit) throw bad('it is larger than 16 MiB');
  try {
    return readYaml(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw bad(cause.message);
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
