import type { Method, RouteEntry, RouteSpec } from './route/route.ts';

type Loading = () => Promise<RouteSpec>;

function docker(method: Method, path: string, load: Loading, since?: string): RouteEntry {
  const entry = { api: 'docker' as const, method, path, load };
  return since === undefined ? entry : { ...entry, since };
}

const archive = () => import('./docker/containers/archive.ts');
const lifecycle = () => import('./docker/containers/lifecycle.ts');
const ping = () => import('./docker/system/ping.ts');

/** Routes of Docker's API about the service itself. */
const systemRoutes: readonly RouteEntry[] = [
  docker('GET', '/_ping', async () => (await ping()).route),
  docker('HEAD', '/_ping', async () => (await ping()).route),
  docker('GET', '/version', async () => (await import('./docker/system/version.ts')).route),
  docker('GET', '/info', async () => (await import('./docker/system/info.ts')).route),
];

/** Routes of Docker's API about one container. */
const containerRoutes: readonly RouteEntry[] = [
  ['GET', 'json', async () => (await import('./docker/containers/inspect.ts')).route],
  ['GET', 'logs', async () => (await import('./docker/containers/logs.ts')).route],
  ['GET', 'top', async () => (await import('./docker/containers/top.ts')).route],
  ['GET', 'stats', async () => (await import('./docker/containers/stats.ts')).route],
  ['GET', 'changes', async () => (await import('./docker/containers/changes.ts')).route],
  ['GET', 'export', async () => (await archive()).exported],
  ['HEAD', 'archive', async () => (await archive()).head],
  ['GET', 'archive', async () => (await archive()).get],
  ['PUT', 'archive', async () => (await archive()).put],
  ['POST', 'start', async () => (await lifecycle()).start],
  ['POST', 'stop', async () => (await lifecycle()).stop],
  ['POST', 'restart', async () => (await lifecycle()).restart],
  ['POST', 'kill', async () => (await lifecycle()).kill],
  ['POST', 'rename', async () => (await lifecycle()).rename],
  ['POST', 'pause', async () => (await lifecycle()).pause],
  ['POST', 'unpause', async () => (await lifecycle()).unpause],
  ['POST', 'wait', async () => (await import('./docker/containers/wait.ts')).route],
  ['POST', 'attach', async () => (await import('./docker/containers/attach.ts')).route],
  ['POST', 'resize', async () => (await import('./docker/containers/resize.ts')).route],
  ['POST', 'update', async () => (await import('./docker/containers/update.ts')).route],
].map(([method, verb, load]) =>
  docker(method as Method, `/containers/{container}/${String(verb)}`, load as Loading),
);

/** Routes of Docker's API about commands in containers. */
const execRoutes: readonly RouteEntry[] = [
  docker(
    'POST',
    '/containers/{container}/exec',
    async () => (await import('./docker/exec/create.ts')).route,
  ),
  docker('POST', '/exec/{exec}/start', async () => (await import('./docker/exec/start.ts')).route),
  docker(
    'POST',
    '/exec/{exec}/resize',
    async () => (await import('./docker/exec/resize.ts')).route,
  ),
  docker('GET', '/exec/{exec}/json', async () => (await import('./docker/exec/inspect.ts')).route),
];

/** Every route; the module of the one that is asked for is loaded by then. */
export const routes: readonly RouteEntry[] = [
  ...systemRoutes,
  docker(
    'GET',
    '/containers/json',
    async () => (await import('./docker/containers/list.ts')).route,
  ),
  docker(
    'POST',
    '/containers/create',
    async () => (await import('./docker/containers/create.ts')).route,
  ),
  docker(
    'POST',
    '/containers/prune',
    async () => (await import('./docker/containers/prune.ts')).route,
  ),
  docker('DELETE', '/containers/{container}', async () => (await lifecycle()).remove),
  ...containerRoutes,
  ...execRoutes,
];
