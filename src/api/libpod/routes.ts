import type { Method, RouteEntry, RouteSpec } from '../route/route.ts';

type Loading = () => Promise<RouteSpec>;

function libpod(method: Method, path: string, load: Loading): RouteEntry {
  return { api: 'libpod', method, path, load };
}

const archive = () => import('../docker/containers/archive.ts');
const dockerLifecycle = () => import('../docker/containers/lifecycle.ts');
const lifecycle = () => import('./containers/lifecycle.ts');
const mounts = () => import('./containers/mount.ts');
const looks = () => import('./containers/inspect.ts');

const systemRoutes: readonly RouteEntry[] = [
  libpod('GET', '/_ping', async () => (await import('../docker/system/ping.ts')).route),
  libpod('HEAD', '/_ping', async () => (await import('../docker/system/ping.ts')).route),
  libpod('GET', '/version', async () => (await import('../docker/system/version.ts')).route),
  libpod('GET', '/info', async () => (await import('./system/info.ts')).route),
  libpod('GET', '/events', async () => (await import('./system/events.ts')).route),
  libpod('GET', '/system/df', async () => (await import('./system/usage.ts')).route),
  libpod('POST', '/system/prune', async () => (await import('./system/prune.ts')).route),
  libpod('POST', '/system/check', async () => (await import('./system/check.ts')).route),
  libpod(
    'GET',
    '/generate/{container}/systemd',
    async () => (await import('./system/units.ts')).route,
  ),
  libpod('GET', '/swagger', async () => (await import('./system/description.ts')).route),
];

/** Routes about one container. */
const containerRoutes: readonly RouteEntry[] = [
  ['GET', 'json', async () => (await looks()).inspect],
  ['GET', 'exists', async () => (await looks()).exists],
  ['GET', 'logs', async () => (await import('../docker/containers/logs.ts')).route],
  ['GET', 'top', async () => (await import('./containers/top.ts')).route],
  ['GET', 'stats', async () => (await import('../docker/containers/stats.ts')).route],
  ['GET', 'changes', async () => (await import('../docker/containers/changes.ts')).route],
  ['GET', 'export', async () => (await archive()).exported],
  ['HEAD', 'archive', async () => (await import('./containers/archive.ts')).head],
  ['GET', 'archive', async () => (await import('./containers/archive.ts')).get],
  ['PUT', 'archive', async () => (await import('./containers/archive.ts')).put],
  ['GET', 'healthcheck', async () => (await import('./containers/health.ts')).route],
  ['POST', 'init', async () => (await lifecycle()).init],
  ['POST', 'start', async () => (await dockerLifecycle()).start],
  ['POST', 'stop', async () => (await lifecycle()).stop],
  ['POST', 'restart', async () => (await lifecycle()).restart],
  ['POST', 'kill', async () => (await dockerLifecycle()).kill],
  ['POST', 'rename', async () => (await dockerLifecycle()).rename],
  ['POST', 'pause', async () => (await dockerLifecycle()).pause],
  ['POST', 'unpause', async () => (await dockerLifecycle()).unpause],
  ['POST', 'wait', async () => (await import('./containers/wait.ts')).route],
  ['POST', 'attach', async () => (await import('../docker/containers/attach.ts')).route],
  ['POST', 'resize', async () => (await import('../docker/containers/resize.ts')).route],
  ['POST', 'update', async () => (await import('./containers/update.ts')).route],
  ['POST', 'mount', async () => (await mounts()).mount],
  ['POST', 'unmount', async () => (await mounts()).unmount],
  ['POST', 'checkpoint', async () => (await import('./containers/checkpoint.ts')).checkpoint],
  ['POST', 'restore', async () => (await import('./containers/checkpoint.ts')).restore],
  ['GET', 'shouldrestart', async () => (await import('./containers/restarts.ts')).route],
].map(([method, verb, load]) =>
  libpod(method as Method, `/containers/{container}/${String(verb)}`, load as Loading),
);

const kubePlay = () => import('./kube/play.ts');
const kubeGenerate = () => import('./kube/generate.ts');

/** Routes about Kubernetes YAML, under all the names that they have had. */
const kubeRoutes: readonly RouteEntry[] = [
  ...['/kube/play', '/play/kube'].flatMap((path) => [
    libpod('POST', path, async () => (await kubePlay()).play),
    libpod('DELETE', path, async () => (await kubePlay()).down),
  ]),
  ...['/kube/generate', '/generate/kube'].map((path) =>
    libpod('GET', path, async () => (await kubeGenerate()).generate),
  ),
  libpod('POST', '/kube/apply', async () => (await kubeGenerate()).apply),
];

const containersRoutes: readonly RouteEntry[] = [
  libpod('GET', '/containers/json', async () => (await import('./containers/list.ts')).route),
  libpod('POST', '/containers/create', async () => (await import('./containers/create.ts')).route),
  libpod('POST', '/containers/prune', async () => (await import('./containers/prune.ts')).route),
  libpod('GET', '/containers/stats', async () => (await import('./containers/stats.ts')).route),
  libpod('GET', '/containers/showmounted', async () => (await mounts()).mounted),
  libpod('DELETE', '/containers/{container}', async () => (await lifecycle()).remove),
  ...containerRoutes,
];

/** Routes about commands in containers. */
const execRoutes: readonly RouteEntry[] = [
  libpod(
    'POST',
    '/containers/{container}/exec',
    async () => (await import('../docker/exec/create.ts')).route,
  ),
  libpod('POST', '/exec/{exec}/start', async () => (await import('../docker/exec/start.ts')).route),
  libpod(
    'POST',
    '/exec/{exec}/resize',
    async () => (await import('../docker/exec/resize.ts')).route,
  ),
  libpod('GET', '/exec/{exec}/json', async () => (await import('../docker/exec/inspect.ts')).route),
  libpod('POST', '/exec/{exec}/remove', async () => (await import('./exec-remove.ts')).route),
];

const imageReads = () => import('./images/read.ts');
const imageChanges = () => import('./images/change.ts');
const transfers = () => import('./images/transfer.ts');
const saves = () => import('./images/save.ts');

const imageRoutes: readonly RouteEntry[] = [
  libpod('GET', '/images/json', async () => (await imageReads()).list),
  libpod('GET', '/images/search', async () => (await imageChanges()).search),
  libpod('GET', '/images/export', async () => (await saves()).several),
  libpod('POST', '/images/pull', async () => (await transfers()).pulled),
  libpod('POST', '/images/load', async () => (await transfers()).load),
  libpod('POST', '/images/import', async () => (await transfers()).imported),
  libpod('POST', '/images/prune', async () => (await imageChanges()).prune),
  libpod('DELETE', '/images/remove', async () => (await imageChanges()).removeSeveral),
  libpod('GET', '/images/{image...}/json', async () => (await imageReads()).inspect),
  libpod('GET', '/images/{image...}/exists', async () => (await imageReads()).exists),
  libpod('GET', '/images/{image...}/history', async () => (await imageReads()).history),
  libpod('GET', '/images/{image...}/resolve', async () => (await imageReads()).resolve),
  libpod('POST', '/images/scp/{thing...}', async () => (await import('./images/scp.ts')).route),
  libpod('GET', '/images/{image...}/tree', async () => (await imageReads()).tree),
  libpod('GET', '/images/{image...}/changes', async () => (await imageReads()).changes),
  libpod('GET', '/images/{image...}/get', async () => (await saves()).one),
  libpod('POST', '/images/{image...}/push', async () => (await transfers()).pushed),
  libpod('POST', '/images/{image...}/tag', async () => (await imageChanges()).tag),
  libpod('POST', '/images/{image...}/untag', async () => (await imageChanges()).untag),
  libpod('DELETE', '/images/{image...}', async () => (await imageChanges()).remove),
  libpod('POST', '/build', async () => (await import('./images/build.ts')).route),
  libpod('POST', '/commit', async () => (await import('./containers/commit.ts')).route),
];

const volumes = () => import('./volumes/routes.ts');

const volumeRoutes: readonly RouteEntry[] = [
  libpod('GET', '/volumes/json', async () => (await volumes()).list),
  libpod('POST', '/volumes/create', async () => (await volumes()).create),
  libpod('POST', '/volumes/prune', async () => (await volumes()).prune),
  libpod('GET', '/volumes/{volume}/json', async () => (await volumes()).inspect),
  libpod('GET', '/volumes/{volume}/exists', async () => (await volumes()).exists),
  libpod('GET', '/volumes/{volume}/export', async () => (await volumes()).exported),
  libpod('POST', '/volumes/{volume}/import', async () => (await volumes()).imported),
  libpod('DELETE', '/volumes/{volume}', async () => (await volumes()).remove),
];

const networks = () => import('./networks/routes.ts');

const networkRoutes: readonly RouteEntry[] = [
  libpod('GET', '/networks/json', async () => (await networks()).list),
  libpod('POST', '/networks/create', async () => (await networks()).create),
  libpod('POST', '/networks/prune', async () => (await networks()).prune),
  libpod('GET', '/networks/{network}/json', async () => (await networks()).inspect),
  libpod('GET', '/networks/{network}/exists', async () => (await networks()).exists),
  libpod('POST', '/networks/{network}/update', async () => (await networks()).update),
  libpod('POST', '/networks/{network}/connect', async () => (await networks()).connect),
  libpod('POST', '/networks/{network}/disconnect', async () => (await networks()).disconnect),
  libpod('GET', '/networks/{network}', async () => (await networks()).inspect),
  libpod('DELETE', '/networks/{network}', async () => (await networks()).remove),
];

const secrets = () => import('./secrets/routes.ts');

const secretRoutes: readonly RouteEntry[] = [
  libpod('GET', '/secrets/json', async () => (await secrets()).list),
  libpod('POST', '/secrets/create', async () => (await secrets()).create),
  libpod('GET', '/secrets/{secret}/json', async () => (await secrets()).inspect),
  libpod('GET', '/secrets/{secret}/exists', async () => (await secrets()).exists),
  libpod(
    'DELETE',
    '/secrets/{secret}',
    async () => (await import('../docker/secrets/routes.ts')).remove,
  ),
];

const pods = () => import('./pods/routes.ts');
const podLifecycle = () => import('./pods/lifecycle.ts');

const podRoutes: readonly RouteEntry[] = [
  libpod('GET', '/pods/json', async () => (await pods()).list),
  libpod('POST', '/pods/create', async () => (await pods()).create),
  libpod('POST', '/pods/prune', async () => (await pods()).prune),
  libpod('GET', '/pods/stats', async () => (await podLifecycle()).stats),
  libpod('GET', '/pods/{pod}/json', async () => (await pods()).inspect),
  libpod('GET', '/pods/{pod}/exists', async () => (await pods()).exists),
  libpod('GET', '/pods/{pod}/top', async () => (await podLifecycle()).top),
  libpod('POST', '/pods/{pod}/start', async () => (await podLifecycle()).start),
  libpod('POST', '/pods/{pod}/stop', async () => (await podLifecycle()).stop),
  libpod('POST', '/pods/{pod}/restart', async () => (await podLifecycle()).restart),
  libpod('POST', '/pods/{pod}/kill', async () => (await podLifecycle()).kill),
  libpod('POST', '/pods/{pod}/pause', async () => (await podLifecycle()).pause),
  libpod('POST', '/pods/{pod}/unpause', async () => (await podLifecycle()).unpause),
  libpod('DELETE', '/pods/{pod}', async () => (await pods()).remove),
];

const manifests = () => import('./manifests/routes.ts');

const manifestRoutes: readonly RouteEntry[] = [
  libpod('POST', '/manifests/create', async () => (await manifests()).create),
  libpod('GET', '/manifests/{image...}/json', async () => (await manifests()).inspect),
  libpod('GET', '/manifests/{image...}/exists', async () => (await manifests()).exists),
  libpod(
    'POST',
    '/manifests/{image}/registry/{destination...}',
    async () => (await manifests()).pushed,
  ),
  libpod('POST', '/manifests/{image...}', async () => (await manifests()).create),
  libpod('PUT', '/manifests/{image...}', async () => (await manifests()).modify),
  libpod('DELETE', '/manifests/{image...}', async () => (await manifests()).remove),
];

/** Every route of podman's own API, below its prefix. */
export const libpodRoutes: readonly RouteEntry[] = [
  ...systemRoutes,
  ...kubeRoutes,
  ...containersRoutes,
  ...execRoutes,
  ...imageRoutes,
  ...volumeRoutes,
  ...networkRoutes,
  ...secretRoutes,
  ...podRoutes,
  ...manifestRoutes,
];
