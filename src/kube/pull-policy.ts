import type { KubeField } from './field.ts';

/** When an image is pulled. */
export type KubePull = 'always' | 'missing' | 'newer' | 'never';

const policies: Readonly<Record<string, KubePull>> = {
  always: 'always',
  missing: 'missing',
  ifnotpresent: 'missing',
  ifnewer: 'newer',
  newer: 'newer',
  never: 'never',
};

/**
 * When an image is pulled: as it is said, else a newer one for what moves, a full name without a tag or with `latest`
 * (podman-kube-play(1)). Throws BryoError `bad-kube`.
 */
export function pullPolicyOf(image: string, said: string | null, field: KubeField): KubePull {
  if (said !== null) {
    const policy = policies[said.toLowerCase()];
    if (policy !== undefined) return policy;
    throw field.problem(
      `unsupported pull policy ${JSON.stringify(said)}: Always, IfNotPresent or Never`,
    );
  }
  const [host = '', ...path] = image.split('/');
  const isFull = path.length > 0 && /[.:]|^localhost$/.test(host);
  const tag = /:([^:/]+)$/.exec(path.join('/'))?.[1] ?? 'latest';
  return isFull && !image.includes('@') && tag === 'latest' ? 'newer' : 'missing';
}
