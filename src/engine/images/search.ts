import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import { formatRepository, parseReference } from '../../image/reference.ts';
import { imageSources } from '../../image/sources.ts';
import { clientOptions, type RegistryAccess } from '../../registry/access.ts';
import { listTags } from '../../registry/listing.ts';
import { loadRegistriesConf } from '../../registry/registries-conf.ts';
import { type SearchResult, searchRegistry } from '../../registry/search.ts';
import type { Engine } from '../engine.ts';

export interface SearchRequest extends RegistryAccess {
  /** `term`, `registry/term`, or `registry/` for all it has. */
  term: string;
  /** Of each registry. */
  limit: number;
}

/** A result with the registry it is of. */
export interface FoundImage extends SearchResult {
  index: string;
  /** With the registry. */
  fullName: string;
}

function conf() {
  return loadRegistriesConf({ env: process.env, home: homedir() });
}

/** The registry that a term names, if it names one. */
function splitTerm(text: string): { registry: string | null; term: string } {
  const bare = text.replace(/^docker:\/\//, '');
  const slash = bare.indexOf('/');
  const first = bare.slice(0, Math.max(0, slash));
  if (!/[.:]/.test(first) && first !== 'localhost') return { registry: null, term: bare };
  return { registry: first, term: bare.slice(slash + 1) };
}

async function searchOne(
  registry: string,
  term: string,
  request: SearchRequest,
): Promise<FoundImage[]> {
  const reference = { domain: registry, path: 'x', tag: null, digest: null };
  const [place] = imageSources(conf(), reference, 'push');
  const { insecure = false, domain = registry } = place ?? {};
  const options = clientOptions({ domain, path: '', insecure }, request);
  const results = await searchRegistry(options, term, request.limit);
  return results.map((result) => {
    const hub = registry === 'docker.io' && !result.name.includes('/');
    const name = hub ? `library/${result.name}` : result.name;
    return { ...result, index: registry, fullName: `${registry}/${name}` };
  });
}

/**
 * Searches a registry, or each of registries.conf (docker.io where that names none). A registry that
 * fails is told of and the others still count, unless all fail.
 */
export async function searchImages(engine: Engine, request: SearchRequest): Promise<FoundImage[]> {
  const { registry, term } = splitTerm(request.term);
  const known = conf().search ?? [];
  const all = known.length === 0 ? ['docker.io'] : known;
  const registries = registry === null ? all : [registry];
  const found: FoundImage[] = [];
  const problems: BryoError[] = [];
  for (const one of registries) {
    try {
      found.push(...(await searchOne(one, term, request)));
    } catch (error) {
      if (!(error instanceof BryoError) || registries.length === 1) throw error;
      problems.push(error);
    }
  }
  if (problems.length === registries.length && problems[0] !== undefined) throw problems[0];
  for (const problem of problems) engine.log('warn', problem.message);
  return found;
}

/** The tags of a repository, at most so many, with its full name. */
export async function searchTags(
  request: SearchRequest,
): Promise<{ name: string; tags: string[] }> {
  const reference = parseReference(request.term);
  const [place] = imageSources(conf(), reference, 'push');
  const { domain, path } = reference;
  const tags: string[] = [];
  for await (const tag of listTags(
    clientOptions(place ?? { domain, path, insecure: false }, request),
  )) {
    tags.push(tag);
    if (tags.length >= request.limit) break;
  }
  return { name: formatRepository(reference), tags };
}
