import { existsSync } from 'node:fs';
import { hasUnifiedCgroups } from '../../../cgroup/hierarchy.ts';
import type { Placement } from '../../../cgroup/place.ts';
import { withEnvironment } from '../../../container/environment.ts';
import { landlockScopes } from '../../../container/landlock.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { mayRestart } from '../../../container/restarts.ts';
import { buildSpec } from '../../../container/spec/build.ts';
import type { InnerMap } from '../../../container/userns/container-map.ts';
import type { InheritedDescriptors } from '../../../native/inherited-fds.ts';
import { compilePlan } from '../../../plan/compile.ts';
import { compileHolderPlan } from '../../../plan/compile-holder.ts';
import type {
  LaunchInput,
  SeccompInput,
  SecretFileInput,
  UsernsInput,
} from '../../../plan/launch-input.ts';
import type { LaunchPlan } from '../../../plan/ops.ts';
import type { OciSpec } from '../../../plan/spec.ts';
import { writeFileAtomic } from '../../../store/atomic-file.ts';
import { containerFile, fileIn } from '../../../store/container-files.ts';
import { driverByName } from '../../../store/drivers/choose.ts';
import type { DriverRootfs } from '../../../store/drivers/driver.ts';
import { fuseOverlayfsDriver } from '../../../store/drivers/fuse-overlayfs.ts';
import { layerStack } from '../../../store/layers.ts';
import { storePaths } from '../../../store/paths.ts';
import { within } from '../../../store/staging.ts';
import { makeContentDirectory } from '../../../store/store-dirs.ts';
import type { Engine } from '../../engine.ts';
import { monitorEvents } from '../../events.ts';
import { decideCgroup } from './cgroup.ts';
import { startDescriptors } from './descriptors.ts';
import { healthInput } from './health.ts';
import { hostnameOf } from './hostname.ts';
import { decideJoined, type JoinedStart, withHostNamespaces } from './joined.ts';
import { monitorInput, type TerminalSize } from './monitor-input.ts';
import { resolveMounts } from './mounts.ts';
import { decideNetwork, type StartNetwork } from './network.ts';
import { decideNotify, type StartNotify } from './notify.ts';
import { makeOverlays } from './overlay-mounts.ts';
import { passwdEntries } from './passwd-entries.ts';
import { writeRuntimeFiles, zoneName } from './runtime-files.ts';
import { seccompInput } from './seccomp.ts';
import type { SecretCircumstances, StartSecrets } from './secrets.ts';
import { heldStart } from './start-fifo.ts';
import { decideInnerMap, defaultUser, mappedGroups, sameIds } from './userns.ts';

/** All that is decided about one start of a container. */
export interface PreparedStart {
  record: ContainerRecord;
  spec: OciSpec;
  plan: LaunchPlan;
  network: StartNetwork['plan'];
  /** Puts the launcher into the container's control group; null: there is none. */
  place: Placement | null;
  /** The caller's, for the container's process and for the relay of its ports. */
  descriptors: { preserved: readonly number[]; published: readonly number[] };
}

/** Another mapping than the storage namespace's needs files whose owners are shifted on the fly. */
export function rootfsInput(
  engine: Engine,
  record: ContainerRecord,
  inner: InnerMap | null,
): DriverRootfs {
  const { rootfs } = record;
  if (rootfs.kind === 'directory') return { kind: 'directory', path: rootfs.path };
  if (rootfs.kind === 'holder') {
    const path = containerFile(engine.store, record.id, 'merged');
    return { kind: 'directory', path };
  }
  const shifted = inner !== null && rootfs.driver === 'overlay';
  const driver = shifted ? fuseOverlayfsDriver : driverByName(rootfs.driver);
  return driver.rootfs({
    place: {
      directory: storePaths.container(engine.store, record.id),
      layers: layerStack(engine.store, engine.idMap(), rootfs.layers),
    },
    // A container that is mounted that way cannot be mounted a second time.
    disposable: record.options.remove && !mayRestart(record),
    inner,
    program: engine.mountProgram,
  });
}

/** Namespaces of containers on bridges are below those of the bridges, which have the storage's ids. */
function ownUserns(
  engine: Engine,
  network: StartNetwork['plan'],
  inner: InnerMap | null,
): UsernsInput {
  if (network.kind !== 'bridges') return { kind: 'create', idMap: engine.idMap(), inner };
  return { kind: 'bridges', map: inner ?? sameIds(engine.idMap()) };
}

function launchInput(
  engine: Engine,
  record: ContainerRecord,
  decided: {
    network: StartNetwork;
    joined: JoinedStart;
    inner: InnerMap | null;
    circumstances: StartCircumstances;
    spec: OciSpec;
    preservedFds: readonly number[];
    ownCgroup: boolean;
    seccomp: SeccompInput | null;
    secrets: StartSecrets;
    notify: StartNotify;
  },
): LaunchInput {
  const { options } = record;
  const { network, inner, spec, seccomp } = decided;
  return {
    userns: decided.joined.userns ?? ownUserns(engine, network.plan, inner),
    joinOwners: decided.joined.owners,
    files: {
      rootfs: rootfsInput(engine, record, inner),
      staging: containerFile(engine.store, record.id, 'merged'),
      passwdEntries: passwdEntries(engine, record),
      mtab: record.rootfs.kind === 'image',
      zone: linkedZone(record, spec),
      makeWorkdir: makesWorkdir(record, spec),
      listedMountOrder: false,
      shm: decided.joined.shm,
      secrets: decided.secrets.files,
    },
    process: {
      seccomp,
      landlockScopes: landlockScopes(options.security),
      init: options.init,
      keepGroups: options.groupAdd.includes('keep-groups'),
      umask: options.umask,
      preservedFds: decided.preservedFds,
    },
    monitor: monitorInput(engine.store, record, decided.circumstances),
    networkHelper: network.plan.kind === 'helper' ? network.plan.helper : null,
    bridges: network.plan.kind === 'bridges' ? network.plan.input : null,
    cgroup: decided.ownCgroup ? { remove: true } : null,
    watchers: {
      events: monitorEvents(engine, record),
      health: healthInput(engine, record, { ...decided, seccomp }),
      notify: decided.notify.input,
    },
    runtime: decided.circumstances.held ? heldStart(engine.store, record.id) : null,
  };
}

/** Most containers have none, and start without loading what reads them. */
async function secretsOf(
  { store }: Engine,
  record: ContainerRecord,
  circumstances: SecretCircumstances,
): Promise<StartSecrets> {
  if (record.options.secrets.length === 0) return { env: [], files: [] };
  const { loadSecrets } = await import('./secrets.ts');
  return loadSecrets(store, record, circumstances);
}

/**
 * The working directory of an image, and one in what is mounted, is made where it is not there; one
 * that was asked for has to be there, as with podman.
 */
function makesWorkdir({ options }: ContainerRecord, { process, mounts }: OciSpec): boolean {
  if (options.workdir === null || options.makeWorkdir) return true;
  return mounts.some(({ destination }) => process.cwd.startsWith(`${destination}/`));
}

/** The zone of --tz, for a layer of the container's own, unless something of the user's is in the place. */
function linkedZone({ options, rootfs }: ContainerRecord, { mounts }: OciSpec): string | null {
  const { timezone } = options.files;
  if (timezone === null || rootfs.kind !== 'image') return null;
  const ours = options.mounts.every(({ target }) => target !== '/etc/localtime');
  return ours && mounts.every(({ destination }) => destination !== '/etc')
    ? zoneName(timezone)
    : null;
}

async function planOf(
  engine: Engine,
  record: ContainerRecord,
  decided: { spec: OciSpec; input: LaunchInput; shown: boolean },
): Promise<LaunchPlan> {
  const { spec, input } = decided;
  if (record.rootfs.kind === 'holder') return compileHolderPlan(spec, input);
  if (record.options.runtime === null) return compilePlan(spec, input);
  const { foreignPlan } = await import('../foreign/plan.ts');
  return foreignPlan(engine, record, decided);
}

export interface StartCircumstances {
  size: TerminalSize | null;
  inherited: InheritedDescriptors;
  /** The plan is only shown: values of secrets are not. */
  shown?: boolean;
  /** The process waits for another start. */
  held?: boolean;
  /** How often its policy has started it again by now; absent: a start for another reason. */
  restarts?: number;
  /** Further files that exist in the container's memory only. */
  files?: readonly SecretFileInput[];
}

async function prepareConnected(
  engine: Engine,
  record: ContainerRecord,
  circumstances: StartCircumstances,
  { hostname, network }: { hostname: string; network: StartNetwork },
): Promise<PreparedStart> {
  const { shown = false, files: given = [] } = circumstances;
  const { inherited, published } = startDescriptors(record, network.plan, circumstances.inherited);
  const directory = storePaths.container(engine.store, record.id);
  const inner = decideInnerMap(engine, record);
  const joined = decideJoined(engine, record);
  const files = await writeRuntimeFiles({
    record,
    directory,
    written: within(engine.store, 0o644),
    hostname,
    hosts: network.hosts,
    resolvConf: network.resolvConf,
    owner: network.owner,
    idMap: () => engine.idMap(),
  });
  const notify = decideNotify(engine.store, record);
  const mounts = resolveMounts(engine, record);
  if (!shown) await makeOverlays(engine, record, mounts);
  const spec = buildSpec(record, {
    hostname,
    env: [...inherited.env, ...notify.env],
    network: network.spec,
    joined: joined.namespaces,
    sharedMemory: joined.shm !== null,
    inner,
    mounts,
    files: [...files, ...notify.files],
    unifiedCgroups: hasUnifiedCgroups(),
    mappedGids: mappedGroups(engine.idMap(), inner),
    defaultUser: defaultUser(engine, record),
  });
  writeFileAtomic(
    fileIn(directory, 'spec'),
    JSON.stringify(spec),
    'volatile',
    within(engine.store),
  );
  const secrets = await secretsOf(engine, record, { inner, hidden: shown });
  const launched = withEnvironment(spec, secrets.env);
  const place = decideCgroup(engine, record);
  const input = launchInput(engine, record, {
    network,
    joined,
    inner,
    circumstances,
    spec: launched,
    preservedFds: inherited.numbers ?? inherited.fds,
    ownCgroup: place !== null,
    seccomp: await seccompInput(engine, record, launched.process),
    secrets: { ...secrets, files: [...secrets.files, ...given] },
    notify,
  });
  const { staging } = input.files;
  if (!existsSync(staging)) makeContentDirectory(engine.idMap(), staging, 0o700);
  return {
    record,
    spec,
    plan: await planOf(engine, record, { spec: launched, input, shown }),
    network: network.plan,
    place,
    descriptors: { preserved: inherited.fds, published },
  };
}

/**
 * Decides everything about a start and writes the container's files (hosts, hostname, config.json):
 * what follows is the launch itself.
 */
export async function prepareStart(
  engine: Engine,
  record: ContainerRecord,
  circumstances: StartCircumstances,
): Promise<PreparedStart> {
  const settled = withHostNamespaces(engine.store, record);
  const hostname = hostnameOf(engine, settled);
  const shown = circumstances.shown ?? false;
  const network = await decideNetwork(engine, settled, hostname, shown);
  const held = network.plan.kind === 'bridges' ? network.plan.held : null;
  try {
    const connected = { hostname, network };
    const prepared = await prepareConnected(engine, settled, circumstances, connected);
    await (shown ? held?.close() : held?.open());
    return { ...prepared, record };
  } catch (error) {
    held?.close();
    throw error;
  }
}
