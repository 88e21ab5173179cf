import { libpodRoutes } from './libpod/routes.ts';
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
  docker('GET', '/events', async () => (await import('./docker/system/events.ts')).route),
  docker('GET', '/system/df', async () => (await import('./docker/system/usage.ts')).route),
  docker('POST', '/auth', async () => (await import('./docker/system/auth.ts')).route),
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
  ['GET', 'attach/ws', async () => (await import('./docker/containers/attach.ts')).websocketRoute],
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

const imageReads = () => import('./docker/images/read.ts');
const imageChanges = () => import('./docker/images/change.ts');
const transfers = () => import('./docker/images/transfer.ts');

/** Routes of Docker's API about images. */
const imageRoutes: readonly RouteEntry[] = [
  docker('GET', '/images/json', async () => (await imageReads()).list),
  docker('GET', '/images/search', async () => (await import('./docker/images/search.ts')).route),
  docker(
    'GET',
    '/distribution/{image...}/json',
    async () => (await import('./docker/images/distribution.ts')).route,
    '1.30',
  ),
  docker('GET', '/images/get', async () => (await transfers()).getSeveral),
  docker('POST', '/images/create', async () => (await transfers()).create),
  docker('POST', '/images/load', async () => (await transfers()).load),
  docker('POST', '/images/prune', async () => (await imageChanges()).prune),
  docker('GET', '/images/{image...}/json', async () => (await imageReads()).inspect),
  docker('GET', '/images/{image...}/history', async () => (await imageReads()).history),
  docker('GET', '/images/{image...}/get', async () => (await transfers()).get),
  docker('POST', '/images/{image...}/push', async () => (await transfers()).pushed),
  docker('POST', '/images/{image...}/tag', async () => (await imageChanges()).tag),
  docker('DELETE', '/images/{image...}', async () => (await imageChanges()).remove),
  docker('POST', '/commit', async () => (await imageChanges()).commit),
  docker('POST', '/build', async () => (await import('./docker/images/build.ts')).route),
  docker(
    'POST',
    '/build/prune',
    async () => (await import('./docker/images/build-prune.ts')).route,
  ),
];

const networkChanges = () => import('./docker/networks/change.ts');

/** Routes of Docker's API about networks. */
const networkRoutes: readonly RouteEntry[] = [
  docker('GET', '/networks', async () => (await import('./docker/networks/list.ts')).route),
  docker(
    'POST',
    '/networks/create',
    async () => (await import('./docker/networks/create.ts')).route,
  ),
  docker('POST', '/networks/prune', async () => (await networkChanges()).prune),
  docker(
    'GET',
    '/networks/{network}',
    async () => (await import('./docker/networks/inspect.ts')).route,
  ),
  docker('DELETE', '/networks/{network}', async () => (await networkChanges()).remove),
  docker('POST', '/networks/{network}/connect', async () => (await networkChanges()).connect),
  docker('POST', '/networks/{network}/disconnect', async () => (await networkChanges()).disconnect),
];

const volumes = () => import('./docker/volumes/routes.ts');

/** Routes of Docker's API about volumes. */
const volumeRoutes: readonly RouteEntry[] = [
  docker('GET', '/volumes', async () => (await volumes()).list),
  docker('POST', '/volumes/create', async () => (await volumes()).create),
  docker('POST', '/volumes/prune', async () => (await volumes()).prune),
  docker('GET', '/volumes/{volume}', async () => (await volumes()).inspect),
  docker('PUT', '/volumes/{volume}', async () => (await volumes()).update, '1.42'),
  docker('DELETE', '/volumes/{volume}', async () => (await volumes()).remove),
];

const secrets = () => import('./docker/secrets/routes.ts');

/** Routes of Docker's API about secrets, which containers of one machine can have, too. */
const secretRoutes: readonly RouteEntry[] = [
  docker('GET', '/secrets', async () => (await secrets()).list),
  docker('POST', '/secrets/create', async () => (await secrets()).create),
  docker('GET', '/secrets/{secret}', async () => (await secrets()).inspect),
  docker('DELETE', '/secrets/{secret}', async () => (await secrets()).remove),
  // podman has it under this name, too.
  docker('DELETE', '/secret/{secret}', async () => (await secrets()).remove),
  docker('POST', '/secrets/{secret}/update', async () => (await secrets()).update),
];

const absent = () => import('./docker/system/absent.ts');
const ofSwarm = async (): Promise<RouteSpec> => (await absent()).ofSwarm;
const noPlugin = async (): Promise<RouteSpec> => (await absent()).noPlugin;
const noPlugins = async (): Promise<RouteSpec> => (await absent()).noPlugins;

const swarmVerbs = ['init', 'join', 'leave', 'update', 'unlock'];

/** Routes of Docker's API about what only a swarm has. */
const swarmRoutes: readonly RouteEntry[] = [
  ...['swarm', 'nodes', 'services', 'tasks', 'configs'].map((noun) =>
    docker('GET', `/${noun}`, ofSwarm),
  ),
  ...swarmVerbs.map((verb) => docker('POST', `/swarm/${verb}`, ofSwarm)),
  docker('GET', '/swarm/unlockkey', ofSwarm),
  ...['services', 'configs'].map((noun) => docker('POST', `/${noun}/create`, ofSwarm)),
  ...['nodes', 'services', 'tasks', 'configs'].map((noun) =>
    docker('GET', `/${noun}/{thing}`, ofSwarm),
  ),
  ...['nodes', 'services', 'configs'].flatMap((noun) => [
    docker('DELETE', `/${noun}/{thing}`, ofSwarm),
    docker('POST', `/${noun}/{thing}/update`, ofSwarm),
  ]),
  ...['services', 'tasks'].map((noun) => docker('GET', `/${noun}/{thing}/logs`, ofSwarm)),
];

const pluginVerbs = ['enable', 'disable', 'upgrade', 'push', 'set'];

/** Routes of Docker's API about plugins, of which there are none, and of what only BuildKit has. */
const absentRoutes: readonly RouteEntry[] = [
  docker('GET', '/plugins', async () => (await absent()).plugins),
  docker('GET', '/plugins/privileges', noPlugins),
  docker('POST', '/plugins/pull', noPlugins),
  docker('POST', '/plugins/create', noPlugins),
  // Names of plugins are those of images, with slashes.
  docker('GET', '/plugins/{thing...}/json', noPlugin),
  ...pluginVerbs.map((verb) => docker('POST', `/plugins/{thing...}/${verb}`, noPlugin)),
  docker('DELETE', '/plugins/{thing...}', noPlugin),
  docker('POST', '/session', async () => (await absent()).noSession),
  docker('POST', '/grpc', async () => (await absent()).noSession),
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
  ...imageRoutes,
  ...networkRoutes,
  ...volumeRoutes,
  ...secretRoutes,
  ...swarmRoutes,
  ...absentRoutes,
  ...libpodRoutes,
];
