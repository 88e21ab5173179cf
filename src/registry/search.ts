import { BryoError } from '../base/errors.ts';
import { readBounded } from './body.ts';
import { listRepositories } from './listing.ts';
import { retrying } from './retry.ts';
import { ask, type ClientOptions, nameFailure, openSession, originOf } from './session.ts';

/** An image that a registry found. Texts are the registry's and not safe for a terminal. */
export interface SearchResult {
  /** Without the registry. */
  name: string;
  description: string;
  stars: number;
  official: boolean;
  automated: boolean;
}

const answerLimit = 4 * 1024 * 1024;

function readResult(value: unknown): SearchResult | null {
  if (typeof value !== 'object' || value === null) return null;
  const item = value as Record<string, unknown>;
  const { name, description, star_count: stars } = item;
  if (typeof name !== 'string' || name === '') return null;
  return {
    name,
    description: typeof description === 'string' ? description : '',
    stars: typeof stars === 'number' && Number.isSafeInteger(stars) ? stars : 0,
    official: item['is_official'] === true,
    automated: item['is_automated'] === true,
  };
}

function parseAnswer(body: Uint8Array, host: string): SearchResult[] {
  let results: unknown;
  try {
    results = JSON.parse(Buffer.from(body).toString('utf8'))?.results;
  } catch {
    results = null;
  }
  if (!Array.isArray(results)) {
    throw new BryoError('registry-failed', `registry ${host} sent no results of a search`);
  }
  return results.flatMap((item) => readResult(item) ?? []);
}

/** Docker's first search interface. Errors: `repository-unknown` where a registry lacks it. */
async function askIndex(options: ClientOptions, term: string, limit: number) {
  // Docker Hub's index lives elsewhere than its registry.
  const host = options.host === 'docker.io' ? 'index.docker.io' : options.host;
  const session = openSession({ ...options, host, repository: '', credentials: null });
  try {
    const origin = await originOf(session);
    const url = new URL('/v1/search', origin);
    url.searchParams.set('q', term);
    url.searchParams.set('n', String(limit));
    const asked = { kind: 'tags' as const, path: '', url, what: options.host, headers: {} };
    const response = await retrying(session, () => ask(session, asked));
    const body = await readBounded(response, answerLimit, `the answer of ${options.host}`);
    return parseAnswer(body, options.host);
  } catch (error) {
    throw nameFailure(session, error);
  } finally {
    session.transport.close();
  }
}

async function searchCatalog(options: ClientOptions, term: string, limit: number) {
  const found: SearchResult[] = [];
  for await (const name of listRepositories(options)) {
    if (!name.includes(term)) continue;
    found.push({ name, description: '', stars: 0, official: false, automated: false });
    if (found.length >= limit) break;
  }
  return found;
}

/**
 * Images of a registry whose names (or descriptions) have `term` in them: by its search, or among
 * the names in its catalogue. Errors: `access-denied`, `registry-failed`, those of connections.
 */
export async function searchRegistry(
  options: ClientOptions,
  term: string,
  limit: number,
): Promise<SearchResult[]> {
  if (term !== '') {
    try {
      return (await askIndex(options, term, limit)).slice(0, limit);
    } catch (error) {
      const absent =
        error instanceof BryoError &&
        ['repository-unknown', 'registry-failed', 'access-denied'].includes(error.code);
      if (!absent || options.host === 'docker.io') throw error;
    }
  }
  return searchCatalog(options, term, limit);
}
