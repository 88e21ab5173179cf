import { dump } from 'js-yaml';

/** A value of a document; what is undefined is left away. */
export type KubeValue =
  | string
  | number
  | boolean
  | undefined
  | readonly KubeValue[]
  | { readonly [key: string]: KubeValue };

/** The list, unless there is nothing in it. */
export function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** The mapping, unless there is nothing in it. */
export function unlessBare<T extends Readonly<Record<string, KubeValue>>>(map: T): T | undefined {
  return Object.values(map).some((value) => value !== undefined) ? map : undefined;
}

/**
 * A document as podman writes it: keys in their alphabetical order, and in quotes what readers of YAML 1.1 would take
 * for something else than a text.
 */
export function writeDocument(value: KubeValue): string {
  return dump(value, {
    sortKeys: true,
    noArrayIndent: true,
    lineWidth: -1,
    noRefs: true,
    quotingType: '"',
    skipInvalid: true,
  });
}

/** All documents of a file under podman's heading. */
export function writeFile(documents: readonly string[], program: string): string {
  const heading = [
    '# Save the output of this file and use kubectl create -f to import',
    '# it into Kubernetes.',
    '#',
    `# Created with ${program}`,
    '',
  ].join('\n');
  return heading + documents.join('---\n');
}
