import { dirname } from 'node:path';
import { formatReference, formatRepository, type Reference } from '../reference.ts';

/**
 * Scopes of an image in a registry, most specific first: with its tag or digest, its repository, the
 * namespaces, the host, and `*.domain` for each domain the host is in.
 */
export function dockerScopes(reference: Reference): string[] {
  const parts = formatRepository(reference).split('/');
  const names = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  const labels = reference.domain.replace(/:\d+$/, '').split('.');
  const wildcards = labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`);
  return [formatReference(reference), ...names, ...wildcards];
}

/** Scopes of an image in a directory or archive: `path:name`, the path, and what that is in. */
export function pathScopes(path: string, name: string | null): string[] {
  const scopes = name === null ? [] : [`${path}:${name}`];
  for (let at = path; at !== '/' && at !== '.'; at = dirname(at)) scopes.push(at);
  return scopes;
}
