import type { KubeField } from './field.ts';
import type { ProjectedKeys } from './volume-specs.ts';

/**
 * The files of a volume of a ConfigMap or Secret, by their paths in it. Keys become names of files, so one that could
 * lead elsewhere is an error (`bad-kube`).
 */
export function filesOf(
  { items }: ProjectedKeys,
  data: Readonly<Record<string, Uint8Array>>,
  field: KubeField,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const wanted = items ?? Object.keys(data).map((key) => ({ key, path: key }));
  for (const { key, path } of wanted) {
    if (!Object.hasOwn(data, key)) continue;
    if (items === null && !/^[-._a-zA-Z0-9]+$/.test(key)) {
      throw field.problem(`key ${JSON.stringify(key)} is no name of a file`);
    }
    if (path === '.' || path === '..') throw field.problem(`key ${path} is no name of a file`);
    files.set(path, data[key] ?? new Uint8Array());
  }
  return files;
}
