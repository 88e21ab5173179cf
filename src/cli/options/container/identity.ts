import type { ContainerOptions } from '../../../request/container.ts';
import { badValue, readListFile, readPair } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about what the container is called and marked with. */
export const identityOptions: readonly OptionSpec[] = [
  { name: 'name', value: 'NAME', help: 'name of the container; one is made up otherwise' },
  { name: 'replace', help: 'remove a container of the same name first' },
  { name: 'label', short: 'l', value: 'KEY[=VALUE]', repeat: true, help: 'set a label' },
  { name: 'label-file', value: 'FILE', repeat: true, help: 'read labels from a file, a line each' },
  {
    name: 'annotation',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'set an annotation of the OCI configuration',
  },
  { name: 'cidfile', value: 'FILE', help: "write the container's id to a new file" },
];

/** `--label` and `--label-file`. */
export function readLabels(invocation: Invocation): Record<string, string> {
  const lines = invocation.texts('label-file').flatMap((p) => readListFile('--label-file', p));
  const pairs = [...lines, ...invocation.texts('label')].map(readPair);
  const empty = pairs.find(([key]) => key === '');
  if (empty !== undefined) throw badValue('--label', `=${empty[1]}`, 'a key is needed');
  // Which unit of systemd runs this: auto-update restarts that.
  const unit = process.env['PODMAN_SYSTEMD_UNIT'] ?? '';
  return { ...Object.fromEntries(pairs), ...(unit === '' ? {} : { PODMAN_SYSTEMD_UNIT: unit }) };
}

/**
 * docker shows names with a slash in front, and scripts give them back so. What a script has not set is
 * not asked for.
 */
function plainName(text: string | null): string | null {
  return text === null || text === '' ? null : text.replace(/^\//, '');
}

/** The container's name and marks. */
export function readIdentity(
  invocation: Invocation,
): Pick<ContainerOptions, 'name' | 'labels' | 'annotations'> {
  return {
    name: plainName(invocation.text('name')),
    labels: readLabels(invocation),
    annotations: Object.fromEntries(invocation.texts('annotation').map(readPair)),
  };
}
