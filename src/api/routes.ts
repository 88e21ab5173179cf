import type { Method, RouteEntry, RouteSpec } from './route/route.ts';

/** A module with one route. */
type Loading = () => Promise<{ route: RouteSpec }>;

function docker(method: Method, path: string, load: Loading, since?: string): RouteEntry {
  const entry = { api: 'docker' as const, method, path, load: async () => (await load()).route };
  return since === undefined ? entry : { ...entry, since };
}

/** Every route; the module of the one that is asked for is loaded by then. */
export const routes: readonly RouteEntry[] = [
  docker('GET', '/_ping', () => import('./docker/system/ping.ts')),
  docker('HEAD', '/_ping', () => import('./docker/system/ping.ts')),
  docker('GET', '/version', () => import('./docker/system/version.ts')),
  docker('GET', '/info', () => import('./docker/system/info.ts')),
  docker('GET', '/containers/json', () => import('./docker/containers/list.ts')),
];
