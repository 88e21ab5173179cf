import { BryoError } from '../../base/errors.ts';
import { parseStrictJson } from '../../base/strict-json.ts';
import { jsonText } from '../../base/text.ts';
import { parsePolicy } from './policy.ts';

/** Words by which `image trust set` names requirements (podman-image-trust(1)). */
export const trustTypes: readonly string[] = [
  ...['accept', 'insecureAcceptAnything', 'reject', 'signedBy', 'sigstoreSigned'],
];

/** The change that is asked for. */
export interface TrustChange {
  /** `default`, or a registry with or without a repository. */
  scope: string;
  /** A word of `trustTypes`. */
  type: string;
  /** Files with public keys. */
  keys: readonly string[];
}

interface Document extends Record<string, unknown> {
  default?: unknown;
  transports?: Record<string, Record<string, unknown>>;
}

function requirements({ type, keys }: TrustChange): Record<string, unknown>[] {
  if (type === 'signedBy' || type === 'sigstoreSigned') {
    if (keys.length === 0) {
      throw new BryoError('usage', `at least one public key must be defined for type '${type}'`);
    }
    const kind = type === 'signedBy' ? { keyType: 'GPGKeys' } : {};
    return keys.map((keyPath) => ({ type, ...kind, keyPath }));
  }
  if (keys.length > 0) {
    throw new BryoError(
      'usage',
      `${keys.length} public keys unexpectedly provided for trust type ${type}`,
    );
  }
  return [{ type: type === 'accept' ? 'insecureAcceptAnything' : type }];
}

/**
 * A policy.json with what it requires of a scope changed; `text` is null where there is none yet. Throws
 * BryoError `bad-policy` for a file that is none, `usage` for what cannot be required.
 */
export function editPolicy(path: string, text: string | null, change: TrustChange): string {
  // Requirements of other kinds stay as they are, but a file that is no policy is not written to.
  if (text !== null) parsePolicy(path, text);
  const document: Document = text === null ? {} : (parseStrictJson(text) as Document);
  const required = requirements(change);
  if (change.scope === 'default') {
    return `${jsonText({ ...document, default: required }, 4)}\n`;
  }
  if (document.default === undefined) {
    throw new BryoError('usage', 'default trust policy must be set');
  }
  const transports = document.transports ?? {};
  const known = Object.keys(transports).find((name) => change.scope in (transports[name] ?? {}));
  const transport = known ?? 'docker';
  const scopes = { ...transports[transport], [change.scope]: required };
  const changed = { ...document, transports: { ...transports, [transport]: scopes } };
  return `${jsonText(changed, 4)}\n`;
}
