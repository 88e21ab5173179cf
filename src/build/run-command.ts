import { constants } from 'node:os';
import { BryoError } from '../base/errors.ts';
import { namePaths } from '../base/file-names.ts';
import type { InnerMap } from '../container/userns/container-map.ts';
import { configuredNetwork } from '../engine/containers/configured.ts';
import { prepareStart } from '../engine/containers/start/prepare.ts';
import { decideInnerMap } from '../engine/containers/start/userns.ts';
import { withAutoRange } from '../engine/containers/userns-ids.ts';
import { hostPlatform } from '../image/platform.ts';
import type { ImageSettings } from '../image/settings.ts';
import { launchAttended } from '../monitor/attended.ts';
import { noDescriptors } from '../native/inherited-fds.ts';
import { encodePlan } from '../plan/encode.ts';
import { launchError } from '../plan/failure.ts';
import type { SecretFileInput } from '../plan/launch-input.ts';
import type { LaunchPlan } from '../plan/ops.ts';
import type { BuildRunRequest } from '../request/build.ts';
import type { ContainerOptions } from '../request/container.ts';
import { noEnvironmentRequest } from '../request/environment.ts';
import { defaultFileOptions } from '../request/files.ts';
import { defaultLog } from '../request/log.ts';
import type { MountRequest } from '../request/mounts/types.ts';
import { storePaths } from '../store/paths.ts';
import { removeTrees } from '../store/worker.ts';
import type { BuiltLayer } from './config-document.ts';
import { commandFailed } from './failure.ts';
import { type ScratchContainer, scratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/** What a command is given. */
export interface CommandParts {
  /** `NAME=value` words: the image's, and the build's arguments. */
  env: readonly string[];
  mounts: readonly MountRequest[];
  /** Secrets and scripts, which are in memory only. */
  files: readonly SecretFileInput[];
}

/** A command of RUN with all that it is given. */
export interface CommandRun {
  layers: readonly BuiltLayer[];
  args: readonly string[];
  settings: ImageSettings;
  /** Of the image, as in its configuration. */
  architecture: string;
  network: 'default' | 'none' | 'host';
  /** Opens what it is given, once it is known which ids the command has: its own mapping, or null for the build's. */
  open(inner: InnerMap | null): Promise<CommandParts>;
  request: BuildRunRequest;
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
}

/** The options of the container, as `bryo run` would have them. */
export function commandOptions(run: CommandRun): Partial<ContainerOptions> {
  const { network, rights, ...request } = run.request;
  const inherited: Record<string, string> = {};
  for (const name of network.httpProxy ? proxyNames : []) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return {
    command: [...run.args],
    env: {},
    environment: { ...noEnvironmentRequest(), inherited },
    capAdd: rights.capAdd,
    // As podman builds: added capabilities are those of commands that run as root.
    capConfigured: rights.capAdd.length,
    capDrop: rights.capDrop,
    security: rights.security,
    userns: rights.userns,
    pid: rights.pid,
    ipc: rights.ipc,
    uts: rights.uts,
    cgroupns: rights.cgroupns,
    groupAdd: rights.groupAdd,
    network:
      run.network === 'default'
        ? network.network
        : run.network === 'none'
          ? { mode: 'none' }
          : { mode: 'host' },
    addHosts: network.addHosts,
    dns: network.dns,
    dnsSearch: network.dnsSearch,
    dnsOptions: network.dnsOptions,
    noHosts: network.noHosts,
    resources: request.resources,
    ulimits: request.ulimits,
    shmSize: request.shmSize,
    cgroupParent: request.cgroupParent,
    devices: request.devices,
    mounts: [...request.volumes],
    sdnotify: 'ignore',
    files: { ...defaultFileOptions(), noHostname: network.noHostname },
    log: { ...defaultLog(), driver: 'passthrough' },
  };
}

const proxyNames = [
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'FTP_PROXY',
  'NO_PROXY',
];

/**
 * The plan without a container's records and sockets, and without what belongs into no image. The directories of
 * volumes are made, as with podman: commands find them, and they become part of the image.
 */
function forBuild(plan: LaunchPlan, runDirectory: string, { settings }: CommandRun): LaunchPlan {
  const volumes = Object.keys(settings.Volumes ?? {});
  const directories = volumes.map(
    (path) => ({ op: 'makeDir', path, mode: 0o755, owner: '' }) as const,
  );
  const left = plan.filter(
    (record) =>
      record.op !== 'passwdEntry' && !(record.op === 'symlink' && record.path === '/etc/mtab'),
  );
  return left.flatMap((record): LaunchPlan => {
    if (record.op === 'pivot') return [...directories, record];
    if (record.op !== 'monitor') return [record];
    const none = { lockPath: '', statePath: '', exitPath: '', attachDir: '' };
    return [{ ...record, ...none, removePaths: [runDirectory] }];
  });
}

/** Starts the command in the container and waits for it; resolves with its exit status. */
async function runIn(
  work: Workspace,
  container: ScratchContainer,
  run: CommandRun,
  files: readonly SecretFileInput[],
): Promise<number> {
  const { inside, signal } = work;
  const { record } = container;
  const prepared = await prepareStart(inside, record, {
    size: null,
    inherited: noDescriptors,
    files,
  });
  const runDirectory = storePaths.runContainer(
    { ...inside.store, runroot: inside.tmpdir },
    record.id,
  );
  const plan = forBuild(prepared.plan, runDirectory, run);
  const result = await launchAttended(encodePlan(plan), {
    place: prepared.place,
    stdin: run.request.stdin ? 0 : null,
    onOutput: run.onOutput,
    signal,
  });
  if (result.kind === 'failed') {
    await removeTrees([runDirectory], inside.idMap());
    throw volumeError(plan[result.step], result, run) ?? launchError(plan, result);
  }
  return result.exitCode;
}

/** The error for a volume's directory that could not be made; null: something else has failed. */
function volumeError(
  record: LaunchPlan[number] | undefined,
  { errno, text }: { errno: number; text: string },
  { settings }: CommandRun,
): BryoError | null {
  if (record?.op !== 'makeDir' || record.owner !== '') return null;
  if (!Object.hasOwn(settings.Volumes ?? {}, record.path)) return null;
  const why = errno === constants.errno.ELOOP ? 'too many levels of symbolic links' : text;
  return new BryoError('bad-volume', `cannot make the directory of VOLUME ${record.path}: ${why}`);
}

/** The errors of a command that could not be started are those of the build, with podman's status of RUN. */
function asCommandFailure(error: unknown, { architecture }: CommandRun): unknown {
  if (!(error instanceof BryoError) || ![126, 127].includes(error.exitCode)) return error;
  const own = hostPlatform(process.arch).architecture;
  if (architecture !== own && /exec format error/i.test(error.message)) {
    const why = `nothing on this machine (${own}) runs programs for ${architecture}`;
    throw new BryoError('run-failed', why, {
      exitCode: error.exitCode,
      cause: error,
      hint: 'install an emulator: apt-get install qemu-user-static',
    });
  }
  return new BryoError('run-failed', `while running runtime: ${error.message}`, {
    exitCode: error.exitCode,
    cause: error,
  });
}

/**
 * Runs a command over a stage's layers and hands the container on with what it has written. Errors:
 * `run-failed` with the command's exit status, and those of a start.
 */
export async function runCommand(
  work: Workspace,
  run: CommandRun,
  use: (container: ScratchContainer) => Promise<BuiltLayer>,
  failed: (container: ScratchContainer) => Promise<string | null>,
): Promise<BuiltLayer> {
  const options = commandOptions(run);
  const network = configuredNetwork(work.engine, options.network ?? { mode: 'default' });
  const container = await scratchContainer(work, run.layers, { ...options, network });
  const record = {
    ...container.record,
    args: [...run.args],
    user: run.settings.User ?? '',
    workdir: namePaths.resolve('/', run.settings.WorkingDir || '/'),
  };
  try {
    const ranged = await withAutoRange(work.engine, record);
    const { env, mounts, files } = await run.open(decideInnerMap(work.engine, ranged));
    const given = { ...ranged.options, mounts: [...ranged.options.mounts, ...mounts] };
    const running = { ...container, record: { ...ranged, imageEnv: [...env], options: given } };
    const exitCode = await runIn(work, running, run, files).catch((error: unknown) => {
      throw asCommandFailure(error, run);
    });
    work.signal.throwIfAborted();
    if (exitCode !== 0) {
      const kept = await failed(running);
      throw commandFailed(exitCode, kept === null ? undefined : kept);
    }
    return await use(running);
  } finally {
    await container.remove();
  }
}
