import { dump } from 'js-yaml';
import { KubeField } from './field.ts';
import { readBase64, readSecretData, type SecretObject } from './objects.ts';
import { readYaml } from './yaml.ts';

/** The text that a Secret is kept as: the document itself, as podman keeps it. */
export function secretText({ value }: SecretObject): string {
  const metadata = value['metadata'] as Readonly<Record<string, unknown>>;
  const kept = { ...value, metadata: { creationTimestamp: null, ...metadata } };
  return dump(kept, { sortKeys: true });
}

/** A kept secret that Kubernetes YAML can name keys of. */
export interface KeptSecret {
  data: Record<string, Uint8Array>;
  immutable: boolean;
}

/**
 * Reads a kept secret: a Secret as YAML or JSON, or an object with values in base64. Throws BryoError `bad-kube` for
 * another one, which has no keys.
 */
export function readKeptSecret(name: string, bytes: Uint8Array): KeptSecret {
  let value: unknown = null;
  try {
    [value] = readYaml(Buffer.from(bytes).toString('utf8'));
  } catch {
    // Told of below.
  }
  const field = new KubeField(value, '', `secret ${name}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw field.problem('it is not valid JSON/YAML, and has no keys');
  }
  if (field.get('kind').value === 'Secret') {
    return {
      data: readSecretData(field),
      immutable: field.get('immutable').flag() ?? false,
    };
  }
  const entries = field.entries().map(([key, member]) => [key, readBase64(member)] as const);
  return { data: Object.fromEntries(entries), immutable: false };
}
