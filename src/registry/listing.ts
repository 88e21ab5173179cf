import { BryoError } from '../base/errors.ts';
import { readBounded } from './body.ts';
import { retrying } from './retry.ts';
import {
  ask,
  type ClientOptions,
  nameFailure,
  openSession,
  originOf,
  type Session,
} from './session.ts';

const pageLimit = 4 * 1024 * 1024;
const maxPages = 1000;
const namesPerPage = 1000;

/** A list that a registry gives in pages. */
interface Listing {
  /** Below /v2/. */
  path: string;
  /** The member that holds the names. */
  field: 'tags' | 'repositories';
  what: string;
}

function parseNames(body: Uint8Array, { field, what }: Listing): string[] {
  let names: unknown;
  try {
    names = JSON.parse(Buffer.from(body).toString('utf8'))?.[field] ?? [];
  } catch {
    names = null;
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new BryoError('registry-failed', `${what}: the registry sent no list of ${field}`);
  }
  return names;
}

/** Where the next page is (RFC 8288): at the same registry and nowhere else, or nowhere. */
async function nextPage(session: Session, link: string | undefined): Promise<string | null> {
  const target = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return null;
  const origin = await originOf(session);
  try {
    const url = new URL(target, new URL('/v2/', origin));
    return url.origin === origin.origin && url.pathname.startsWith('/v2/')
      ? `${url.pathname.slice('/v2/'.length)}${url.search}`
      : null;
  } catch {
    return null;
  }
}

/** Gives the names page after page. Errors: those of `ask`. */
async function* listNames(session: Session, listing: Listing): AsyncGenerator<string> {
  let path: string | null = `${listing.path}?n=${namesPerPage}`;
  for (let page = 0; path !== null && page < maxPages; page += 1) {
    const asked = { kind: 'tags' as const, path, what: listing.what, headers: {} };
    const response = await retrying(session, () => ask(session, asked));
    const body = await readBounded(response, pageLimit, `the list of ${listing.what}`);
    yield* parseNames(body, listing);
    path = await nextPage(session, response.header('link'));
  }
}

async function* withSession(options: ClientOptions, listing: Listing): AsyncGenerator<string> {
  const session = openSession(options);
  try {
    yield* listNames(session, listing);
  } catch (error) {
    throw nameFailure(session, error);
  } finally {
    session.transport.close();
  }
}

/** The tags of a repository, in the registry's order. Errors: `repository-unknown`, … */
export function listTags(options: ClientOptions): AsyncGenerator<string> {
  const { host, repository } = options;
  const what = `${host}/${repository}`;
  return withSession(options, { path: `${repository}/tags/list`, field: 'tags', what });
}

/** The repositories of a registry, as far as it tells them. */
export function listRepositories(options: ClientOptions): AsyncGenerator<string> {
  const { host } = options;
  const whole = { ...options, repository: '', scope: 'registry:catalog:*' };
  return withSession(whole, { path: '_catalog', field: 'repositories', what: host });
}
