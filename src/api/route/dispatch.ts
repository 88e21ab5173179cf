import { HttpProblem } from '../http/problem.ts';
import type { Target } from '../http/target.ts';
import { readParam } from './params.ts';
import type { Api } from './request.ts';
import type { RouteEntry } from './route.ts';
import {
  type ApiVersion,
  checkDockerVersion,
  compareVersions,
  dockerApi,
  libpodApi,
  readVersion,
} from './version.ts';

/** A part of a route's path. */
type Segment =
  | { kind: 'word'; word: string }
  | { kind: 'one'; name: string }
  /** All parts up to what follows it. */
  | { kind: 'many'; name: string };

interface Compiled {
  entry: RouteEntry;
  segments: readonly Segment[];
}

/** A route with the values of its path. */
export interface FoundRoute {
  entry: RouteEntry;
  params: Record<string, string>;
  version: ApiVersion;
}

function compilePath(path: string): Segment[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => {
      const [, name, dots] = /^\{([a-z]+)(\.\.\.)?\}$/.exec(part) ?? [];
      if (name === undefined) return { kind: 'word', word: part };
      return { kind: dots === undefined ? 'one' : 'many', name };
    });
}

function match(
  segments: readonly Segment[],
  path: readonly string[],
): Record<string, string> | null {
  const many = segments.findIndex(({ kind }) => kind === 'many');
  const spare = path.length - segments.length;
  if (many < 0 ? spare !== 0 : spare < 0) return null;
  const params: Record<string, string> = {};
  let at = 0;
  for (const segment of segments) {
    const count = segment.kind === 'many' ? spare + 1 : 1;
    const value = path.slice(at, at + count).join('/');
    at += count;
    if (segment.kind !== 'word') params[segment.name] = value;
    else if (segment.word !== value) return null;
  }
  return params;
}

/** Which API a path speaks, of which version, and what is left of it. */
function readPrefix(path: readonly string[]) {
  const [, version = null] = /^v(\d{1,4}(?:\.\d{1,4}){0,2})$/.exec(path[0] ?? '') ?? [];
  const own = version === null ? path : path.slice(1);
  const api: Api = own[0] === 'libpod' ? 'libpod' : 'docker';
  return { api, version, own: api === 'libpod' ? own.slice(1) : own };
}

function checkVersion(api: Api, text: string | null): ApiVersion {
  if (text === null) return readVersion(api === 'docker' ? dockerApi.newest : libpodApi.newest);
  if (api === 'docker') return checkDockerVersion(text);
  const version = readVersion(text);
  // podman's service answers whatever version is named; cockpit asks for 1.12.
  const oldest = readVersion(libpodApi.oldest);
  return compareVersions(version, oldest) < 0 ? oldest : version;
}

/** Finds the routes of requests. */
export class Dispatcher {
  readonly #routes: readonly Compiled[];

  constructor(entries: readonly RouteEntry[]) {
    this.#routes = entries.map((entry) => ({ entry, segments: compilePath(entry.path) }));
  }

  /** The route of a request. Throws HttpProblem 400, 404, 405. */
  find(method: string, { path }: Target): FoundRoute {
    const { api, version: asked, own } = readPrefix(path);
    const version = checkVersion(api, asked);
    const methods: string[] = [];
    for (const { entry, segments } of this.#routes) {
      if (entry.api !== api) continue;
      const params = match(segments, own);
      if (params === null) continue;
      const { since } = entry;
      if (since !== undefined && compareVersions(version, readVersion(since)) < 0) continue;
      methods.push(entry.method);
      if (entry.method !== method) continue;
      for (const [name, value] of Object.entries(params)) params[name] = readParam(name, value);
      return { entry, params, version };
    }
    if (methods.length === 0) throw new HttpProblem(404, 'page not found');
    throw new HttpProblem(405, `${method} is not for this path; ${methods.join(', ')} is`);
  }
}
