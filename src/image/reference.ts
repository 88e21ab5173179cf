import { BryoError } from '../base/errors.ts';
import { type Digest, isDigest } from './digest.ts';

/** A fully qualified image name, as docker's distribution/reference normalises it. */
export interface Reference {
  /** `docker.io`, `quay.io`, `localhost:5000`, `localhost`. */
  domain: string;
  /** Repository within the registry: `library/alpine`. */
  path: string;
  tag: string | null;
  digest: Digest | null;
}

export interface ParsedReference extends Reference {
  /** The text named no registry; `docker.io` is a guess. */
  short: boolean;
}

const pathComponent = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${pathComponent}(?:/${pathComponent})*$`);
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domainPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const tagPattern = /^\w[\w.-]{0,127}$/;
const pathLimit = 255;
const textLimit = 1024;

function reject(text: string, why: string): BryoError {
  const shown = JSON.stringify(text.slice(0, 120));
  return new BryoError('bad-reference', `${shown}: invalid reference format: ${why}`);
}

/** The first component is a registry only if it cannot be a Docker Hub user. */
function splitDomain(name: string): { domain: string; path: string; short: boolean } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(0, slash));
  const named = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  const domain = slash > 0 && named ? first : 'docker.io';
  const rest = slash > 0 && named ? name.slice(slash + 1) : name;
  if (domain !== 'docker.io' && domain !== 'index.docker.io') {
    return { domain, path: rest, short: false };
  }
  const path = rest.includes('/') ? rest : `library/${rest}`;
  return { domain: 'docker.io', path, short: !named };
}

function splitDigest(text: string, rest: string): { name: string; digest: Digest | null } {
  const at = rest.indexOf('@');
  if (at < 0) return { name: rest, digest: null };
  const digest = rest.slice(at + 1);
  if (!isDigest(digest)) throw reject(text, 'invalid digest');
  return { name: rest.slice(0, at), digest };
}

function splitTag(text: string, rest: string): { name: string; tag: string | null } {
  const colon = rest.lastIndexOf(':');
  if (colon < 0 || colon < rest.lastIndexOf('/')) return { name: rest, tag: null };
  const tag = rest.slice(colon + 1);
  if (!tagPattern.test(tag)) throw reject(text, 'invalid tag');
  return { name: rest.slice(0, colon), tag };
}

/**
 * Parses an image name as docker and podman do: registry `docker.io` and `library/` where none is
 * given, tag `latest` where neither tag nor digest is; a leading `docker://` is taken off.
 * Grammar: distribution/reference. Errors: `bad-reference`.
 */
export function parseReference(text: string): ParsedReference {
  if (text.length > textLimit) throw reject(text, 'too long');
  const bare = text.startsWith('docker://') ? text.slice('docker://'.length) : text;
  if (bare === '') throw reject(text, 'empty name');
  if (/^[a-f0-9]{64}$/.test(bare)) throw reject(text, 'a name cannot be 64 hexadecimal digits');
  const { name: tagged, digest } = splitDigest(text, bare);
  const { name, tag } = splitTag(text, tagged);
  const { domain, path, short } = splitDomain(name);
  if (!domainPattern.test(domain)) throw reject(text, 'invalid registry name');
  if (path !== path.toLowerCase()) throw reject(text, 'repository name must be lowercase');
  if (!pathPattern.test(path)) throw reject(text, 'invalid repository name');
  if (path.length > pathLimit) throw reject(text, 'repository name is too long');
  return { domain, path, tag: tag ?? (digest === null ? 'latest' : null), digest, short };
}

/** `docker.io/library/alpine`. */
export function formatRepository({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** `docker.io/library/alpine:latest`; with a digest the tag says nothing and is left out. */
export function formatReference(reference: Reference): string {
  const { tag, digest } = reference;
  const repository = formatRepository(reference);
  return digest === null ? `${repository}:${tag ?? 'latest'}` : `${repository}@${digest}`;
}

/** A bare name of one's own image belongs to no registry: `app` is `localhost/app`. */
export function ownReference(reference: ParsedReference): ParsedReference {
  if (!reference.short) return reference;
  const path = reference.path.replace(/^library\//, '');
  return { ...reference, domain: 'localhost', path, short: false };
}
