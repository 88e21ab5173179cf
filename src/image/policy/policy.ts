import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode, errnoText } from '../../base/errors.ts';
import { parseStrictJson } from '../../base/strict-json.ts';

/** The identity that a signature has to claim of the image (containers-policy.json(5), signedIdentity). */
export type SignedIdentity =
  | { type: 'matchExact' | 'matchRepoDigestOrExact' | 'matchRepository' }
  | { type: 'exactReference'; reference: string }
  | { type: 'exactRepository'; repository: string }
  | { type: 'remapIdentity'; prefix: string; signedPrefix: string };

/** Where public keys are: files, or the keys themselves. */
export type Keys = { paths: string[] } | { data: Uint8Array };

export type Requirement =
  | { type: 'insecureAcceptAnything' }
  | { type: 'reject' }
  | { type: 'signedBy'; keys: Keys; identity: SignedIdentity }
  | { type: 'sigstoreSigned'; keys: Keys; identity: SignedIdentity }
  /** Valid, but nothing that can be verified here. */
  | { type: 'unsupported'; what: string };

/** Which images may come in. */
export interface Policy {
  path: string;
  default: Requirement[];
  transports: Map<string, Map<string, Requirement[]>>;
}

export interface PolicyPlaces {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** `--signature-policy`; must exist when given. */
  path: string | null;
}

type Json = Record<string, unknown>;

const sizeLimit = 1024 * 1024;

class PolicyReader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  wrong(where: string, what: string): BryoError {
    return new BryoError('bad-policy', `${this.#path}: ${where} ${what}`);
  }

  object(value: unknown, where: string, known: readonly string[] | null): Json {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(where, 'is not an object');
    }
    const unknown = known && Object.keys(value).find((key) => !known.includes(key));
    if (unknown) throw this.wrong(where, `has the unknown member ${JSON.stringify(unknown)}`);
    return value as Json;
  }

  text(object: Json, key: string, where: string): string {
    const value = object[key];
    if (typeof value !== 'string' || value === '') {
      throw this.wrong(where, `needs ${JSON.stringify(key)}, a text`);
    }
    return value;
  }

  requirements(value: unknown, where: string): Requirement[] {
    if (!Array.isArray(value) || value.length === 0) {
      throw this.wrong(where, 'is not a list of at least one requirement');
    }
    return value.map((item, index) => this.requirement(item, `${where}[${index}]`));
  }

  requirement(value: unknown, where: string): Requirement {
    const { type } = this.object(value, where, null);
    switch (type) {
      case 'insecureAcceptAnything':
      case 'reject':
        this.object(value, where, ['type']);
        return { type };
      case 'signedBy':
        return this.signedBy(value, where);
      case 'sigstoreSigned':
        return this.sigstoreSigned(value, where);
      case 'signedBaseLayer':
        return { type: 'unsupported', what: 'signedBaseLayer' };
      default:
        throw this.wrong(where, `has the unknown type ${JSON.stringify(type)}`);
    }
  }

  signedBy(value: unknown, where: string): Requirement {
    const known = ['type', 'keyType', 'keyPath', 'keyPaths', 'keyData', 'signedIdentity'];
    const object = this.object(value, where, known);
    if (object['keyType'] !== 'GPGKeys') {
      const shown = JSON.stringify(object['keyType'] ?? null);
      throw this.wrong(where, `has the keyType ${shown}; only "GPGKeys" is supported`);
    }
    return {
      type: 'signedBy',
      keys: this.keys(object, where),
      identity: this.identity(object, where),
    };
  }

  sigstoreSigned(value: unknown, where: string): Requirement {
    const keys = ['keyPath', 'keyPaths', 'keyData'];
    const foreign = ['fulcio', 'rekorPublicKeyPath', 'rekorPublicKeyData', 'pki'];
    const object = this.object(value, where, ['type', ...keys, ...foreign, 'signedIdentity']);
    const asked = foreign.find((key) => object[key] !== undefined);
    if (asked !== undefined) return { type: 'unsupported', what: `sigstoreSigned with ${asked}` };
    return {
      type: 'sigstoreSigned',
      keys: this.keys(object, where),
      identity: this.identity(object, where),
    };
  }

  keys(object: Json, where: string): Keys {
    const given = ['keyPath', 'keyPaths', 'keyData'].filter((key) => object[key] !== undefined);
    if (given.length !== 1) throw this.wrong(where, 'needs one of keyPath, keyPaths and keyData');
    if (given[0] === 'keyData') {
      const text = this.text(object, 'keyData', where);
      if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text))
        throw this.wrong(where, 'has no valid keyData');
      return { data: Buffer.from(text, 'base64') };
    }
    if (given[0] === 'keyPath') return { paths: [this.text(object, 'keyPath', where)] };
    const paths = object['keyPaths'];
    if (!Array.isArray(paths) || paths.length === 0 || !paths.every((p) => typeof p === 'string')) {
      throw this.wrong(where, 'has keyPaths that are no list of texts');
    }
    return { paths };
  }

  identity(object: Json, where: string): SignedIdentity {
    const value = object['signedIdentity'];
    const at = `${where}.signedIdentity`;
    if (value === undefined) return { type: 'matchRepoDigestOrExact' };
    const identity = this.object(value, at, null);
    const { type } = identity;
    const only = (...keys: string[]) => this.object(value, at, ['type', ...keys]);
    switch (type) {
      case 'matchExact':
      case 'matchRepoDigestOrExact':
      case 'matchRepository':
        only();
        return { type };
      case 'exactReference':
        only('dockerReference');
        return { type, reference: this.text(identity, 'dockerReference', at) };
      case 'exactRepository':
        only('dockerRepository');
        return { type, repository: this.text(identity, 'dockerRepository', at) };
      case 'remapIdentity':
        only('prefix', 'signedPrefix');
        return {
          type,
          prefix: this.text(identity, 'prefix', at),
          signedPrefix: this.text(identity, 'signedPrefix', at),
        };
      default:
        throw this.wrong(at, `has the unknown type ${JSON.stringify(type)}`);
    }
  }
}

/** Reads a policy's text, as strictly as containers-policy.json(5) says. Errors: `bad-policy`. */
export function parsePolicy(path: string, text: string): Policy {
  const reader = new PolicyReader(path);
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (cause) {
    throw reader.wrong(
      'the file',
      `is not valid JSON: ${cause instanceof Error ? cause.message : ''}`,
    );
  }
  const document = reader.object(value, 'the file', ['default', 'transports']);
  const transports = new Map<string, Map<string, Requirement[]>>();
  const named = reader.object(document['transports'] ?? {}, 'transports', null);
  for (const [transport, scopes] of Object.entries(named)) {
    const where = `transports.${transport}`;
    const entries = Object.entries(reader.object(scopes, where, null));
    transports.set(
      transport,
      new Map(
        entries.map(([scope, list]) => [
          scope,
          reader.requirements(list, `${where}[${JSON.stringify(scope)}]`),
        ]),
      ),
    );
  }
  return { path, default: reader.requirements(document['default'], 'default'), transports };
}

/** The caller's own policy, which holds over that of the machine. */
export function ownPolicyPath({ env, home }: Omit<PolicyPlaces, 'path'>): string {
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'policy.json');
}

/** The policy that is in force; null: there is none, and every image may come in. */
export function loadPolicy(places: PolicyPlaces): Policy | null {
  const { path } = places;
  const usual = [ownPolicyPath(places), '/etc/containers/policy.json'];
  for (const candidate of path === null ? usual : [path]) {
    let text: string;
    try {
      text = readFileSync(candidate, 'utf8');
    } catch (cause) {
      const code = errnoCode(cause);
      if (path === null && (code === 'ENOENT' || code === 'ENOTDIR')) continue;
      const why = errnoText(code) ?? code;
      throw new BryoError('bad-policy', `cannot read the policy ${candidate}: ${why}`, { cause });
    }
    if (text.length > sizeLimit) {
      throw new BryoError('bad-policy', `${candidate}: the file is larger than 1 MiB`);
    }
    return parsePolicy(candidate, text);
  }
  return null;
}

/** The requirements of the most specific scope; `scopes` are in that order. */
export function findRequirements(
  policy: Policy,
  transport: string,
  scopes: readonly string[],
): Requirement[] {
  const known = policy.transports.get(transport);
  for (const scope of [...scopes, '']) {
    const found = known?.get(scope);
    if (found !== undefined) return found;
  }
  return policy.default;
}
