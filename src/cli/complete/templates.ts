import type { CommandSpec } from '../command.ts';
import { findObject, type ObjectKind, objectKinds, withAliases } from '../container/find-object.ts';
import type { CliContext } from '../context.ts';
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of an object, those of its aliases among them, as the rest of an action that names one. */
function fieldsOf(value: unknown): string[] {
  if (!isObject(value)) return [];
  const names = Object.getOwnPropertyNames(value).filter((name) => spelled.test(name));
  return names.sort().map((name) => `${name}${isObject(value[name]) ? '.' : '}}'}`);
}

/**
 * The continuations of a Go template by the fields that the named object has; without a name the first container, image
 * or what else is inspected stands for all.
 */
export async function completeTemplate(
  open: () => Promise<Pick<CliContext, 'dialect' | 'engine'>>,
  { spec, named, start }: { spec: CommandSpec; named: readonly string[]; start: string },
): Promise<Completion> {
  if ('json'.startsWith(start)) return among(['json'], start);
  // The field that is begun in the last action: `{{.State.Ex`, `{{range .Mounts}}{{json .So`.
  const [, before = '', path] = /^(.*\{\{(?:[^{}]*[\s(])?)((?:\.\w*)+)$/s.exec(start) ?? [];
  if (path === undefined) return nothing;
  const context = await open();
  const kinds = inspecting[spec.name] ?? [];
  const [kind = 'container'] = kinds;
  const some = async () =>
    (await completeWord(async () => context.engine, kind.toUpperCase(), '')).suggestions[0]?.word;
  const name = named[0] ?? (await some());
  if (name === undefined) return nothing;
  let value: unknown = withAliases(await findObject(context, name, kinds));
  const parents = path.split('.').slice(1, -1);
  for (const parent of parents) value = isObject(value) ? value[parent] : null;
  const stem = ['', ...parents, ''].join('.');
  return among(
    fieldsOf(value).map((field) => `${before}${stem}${field}`),
    start,
    'NoSpaceNorFile',
  );
}
