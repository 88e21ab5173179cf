import { parseSignal } from '../../base/signals.ts';
import { buildCommand } from '../../container/command.ts';
import { checkReadiness, decideHealth } from '../../container/health.ts';
import { publishedPorts, recordExposed } from '../../container/ports.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { runsSystemd, systemdStopSignal } from '../../container/spec/systemd.ts';
import type { RunDefaults } from '../../image/config.ts';
import { ownIdentity } from '../../native/processes.ts';
import type { ContainerOptions } from '../../request/container.ts';

const sigterm = 15;

/** A record without the place of its root filesystem and the volumes that were made. */
export type RecordDraft = Omit<ContainerRecord, 'rootfs' | 'volumes'>;

/** The name of a new container, and who made it how. */
export type RecordOrigin = Pick<
  ContainerRecord,
  'id' | 'name' | 'options' | 'oneShot' | 'createCommand' | 'cgroupManager'
>;

/** The record of a container in which nothing of an image runs: that of a pod's holder. */
export function emptyDraft(origin: RecordOrigin): RecordDraft {
  return {
    version: 1,
    createdAt: new Date().toISOString(),
    creator: ownIdentity(),
    ...origin,
    entrypoint: [],
    args: [],
    labels: {},
    imageEnv: [],
    workdir: '/',
    user: '',
    stopSignal: sigterm,
    health: null,
    autoRange: null,
  };
}

/** The signal that ends the container. The image's text counts where the options say nothing, and is never option syntax. */
function decideStopSignal(
  options: ContainerOptions,
  config: RunDefaults,
  args: readonly string[],
): number {
  if (options.stopSignal !== null) return options.stopSignal;
  const otherwise = runsSystemd({ options, args: [...args] }) ? systemdStopSignal : sigterm;
  return parseSignal(config.stopSignal) ?? otherwise;
}

function notifySocketOf({ sdnotify }: ContainerOptions): { notifySocket?: string } {
  const address = process.env['NOTIFY_SOCKET'];
  return address && sdnotify !== 'ignore' ? { notifySocket: address } : {};
}

/**
 * The record of a new container, from its options and what its image says. Throws BryoError
 * `no-command`, `bad-health`, … for what cannot be run.
 */
export function draftRecord(origin: RecordOrigin, config: RunDefaults): RecordDraft {
  const { options } = origin;
  const args = buildCommand({
    imageEntrypoint: config.entrypoint,
    imageCommand: config.cmd,
    entrypoint: options.entrypoint,
    command: options.command,
    hasImage: options.rootfs === null,
  });
  const health = decideHealth(options.health, config.healthcheck);
  checkReadiness(options, health);
  return {
    ...emptyDraft(origin),
    options: { ...options, ports: publishedPorts(options, config.exposedPorts) },
    entrypoint: options.entrypoint ?? config.entrypoint,
    args,
    labels: { ...config.labels, ...options.labels },
    imageEnv: config.env,
    workdir: options.workdir ?? (config.workingDir === '' ? '/' : config.workingDir),
    user: options.user ?? config.user,
    stopSignal: decideStopSignal(options, config, args),
    health,
    ...recordExposed(config.exposedPorts, options.expose),
    ...notifySocketOf(options),
  };
}
