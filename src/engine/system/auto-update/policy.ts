/** Where a newer image is looked for: in its registry, or in the store under the same name. */
export type UpdatePolicy = 'registry' | 'local';

/** The label by which a container asks for it (podman-auto-update(1)). */
export const policyLabel = 'io.containers.autoupdate';

/** The policy of a label's value; null: it is none. */
export function readPolicy(text: string): UpdatePolicy | null {
  if (text === 'local') return 'local';
  // "image" is podman's older word.
  return text === 'registry' || text === 'image' ? 'registry' : null;
}
