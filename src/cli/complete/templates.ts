import { BryoError } from '../../base/errors.ts';
import { isObject } from '../../template/values.ts';
import type { CommandSpec } from '../command.ts';
import { findObject, type ObjectKind, objectKinds, withAliases } from '../container/find-object.ts';
import type { Asker } from '../context.ts';
import { completeWord } from './names.ts';
import { among, type Completion, nothing } from './protocol.ts';

/** The verbs that print an object, and the kinds of it. */
const inspecting: Readonly<Record<string, readonly ObjectKind[]>> = {
  inspect: objectKinds,
  'container-inspect': ['container'],
  'image-inspect': ['image'],
  'network-inspect': ['network'],
  'pod-inspect': ['pod'],
  'volume-inspect': ['volume'],
};

/** Names of fields that a template can spell: others need `index`. */
const spelled = /^[A-Za-z_]\w*$/;

export function hasTemplates({ name }: CommandSpec): boolean {
  return Object.hasOwn(inspecting, name);
}

/** The fields of an object, those of its aliases among them, as the rest of an action that names one. */
function fieldsOf(value: unknown): string[] {
  if (!isObject(value)) return [];
  const names = Object.getOwnPropertyNames(value).filter((name) => spelled.test(name));
  return names.sort().map((name) => `${name}${isObject(value[name]) ? '.' : '}}'}`);
}

/** The first thing of a kind whose name begins so. */
async function someOf(asker: Asker, kind: ObjectKind, start: string) {
  const open = async () => asker.engine;
  const { suggestions } = await completeWord(open, kind.toUpperCase(), start);
  const [first] = suggestions;
  return first === undefined ? null : findObject(asker, first.word, [kind]);
}

/** The object whose fields are suggested: what is named, or begins so; without a name the first container or what else is inspected. */
async function subject(asker: Asker, kinds: readonly ObjectKind[], name: string | undefined) {
  if (name === undefined) return someOf(asker, kinds[0] ?? 'container', '');
  try {
    return await findObject(asker, name, kinds);
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
  }
  for (const kind of kinds) {
    const found = await someOf(asker, kind, name);
    if (found !== null) return found;
  }
  return null;
}

/** The continuations of a Go template by the fields that the object has. */
export async function completeTemplate(
  open: () => Promise<Asker>,
  { spec, named, start }: { spec: CommandSpec; named: readonly string[]; start: string },
): Promise<Completion> {
  if ('json'.startsWith(start)) return among(['json'], start);
  // The field that is begun in the last action: `{{.State.Ex`, `{{range .Mounts}}{{json .So`.
  const [, before = '', path] = /^(.*\{\{(?:[^{}]*[\s(])?)((?:\.\w*)+)$/s.exec(start) ?? [];
  if (path === undefined) return nothing;
  const found = await subject(await open(), inspecting[spec.name] ?? [], named[0]);
  if (found === null) return nothing;
  let value: unknown = withAliases(found);
  const parents = path.split('.').slice(1, -1);
  for (const parent of parents) value = isObject(value) ? value[parent] : null;
  const stem = ['', ...parents, ''].join('.');
  return among(
    fieldsOf(value).map((field) => `${before}${stem}${field}`),
    start,
    'NoSpaceNorFile',
  );
}
