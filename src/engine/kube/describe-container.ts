import { isDeepStrictEqual } from 'node:util';
import { BryoError } from '../../base/errors.ts';
import { defaultCapabilities, resolveCapabilities } from '../../container/capabilities.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { RunDefaults } from '../../image/config.ts';
import { findImage } from '../../image/resolve.ts';
import { formatBytes, formatMilli } from '../../kube/quantity.ts';
import { type KubeValue, unlessBare, unlessEmpty } from '../../kube/write.ts';
import type { PortRequest } from '../../request/ports.ts';
import type { Engine } from '../engine.ts';
import { type DescribedMount, describeMounts } from './describe-mounts.ts';

/** A container in the words of Kubernetes, with the volumes that its pod needs for it. */
export interface DescribedContainer {
  container: Readonly<Record<string, KubeValue>>;
  volumes: DescribedMount['volume'][];
}

/** Names of Kubernetes have no underscores (podman leaves them away). */
export function kubeName(name: string): string {
  return name.replaceAll('_', '');
}

/** Published ports one by one; behind a service they have no port of the host. */
export function describePorts(
  ports: readonly PortRequest[],
  service: boolean,
): Readonly<Record<string, KubeValue>>[] {
  return ports.flatMap(({ hostIp, hostPort, containerPort, count, protocol }) =>
    Array.from({ length: count }, (_, index) => ({
      containerPort: containerPort + index,
      hostIP: hostIp ?? undefined,
      hostPort: service || hostPort === null ? undefined : hostPort + index,
      protocol: protocol === 'udp' ? 'UDP' : undefined,
    })),
  );
}

function imageDefaults(engine: Engine, record: ContainerRecord): RunDefaults {
  const { rootfs, name } = record;
  if (rootfs.kind !== 'image') {
    throw new BryoError(
      'unsupported',
      `container ${name} has no image: Kubernetes knows none without one`,
    );
  }
  const image = findImage(engine.store, rootfs.imageId);
  if (image !== null) return image.config.config;
  throw new BryoError(
    'no-such-image',
    `looking up image ${JSON.stringify(rootfs.imageName)} of container ${name}: no such image`,
  );
}

function processOf(record: ContainerRecord, image: RunDefaults): Record<string, KubeValue> {
  const { entrypoint, args, workdir } = record;
  const rest = args.slice(entrypoint.length);
  const [command, words] = entrypoint.length > 0 ? [entrypoint, rest] : [rest, []];
  const isImages = [image.cmd, image.entrypoint].some((own) => isDeepStrictEqual(own, command));
  const isUsual = workdir === '/' || workdir === image.workingDir;
  return {
    command: isImages ? undefined : unlessEmpty(command),
    args: unlessEmpty(words),
    workingDir: isUsual ? undefined : workdir,
  };
}

function environmentOf({ options }: ContainerRecord, image: RunDefaults): KubeValue {
  const own = Object.entries(options.env).filter(
    ([name, value]) => !image.env.includes(`${name}=${value}`),
  );
  return unlessEmpty(own.map(([name, value]) => ({ name, value })));
}

function capabilitiesOf({ options }: ContainerRecord): KubeValue {
  if (options.security.privileged) return undefined;
  const all = resolveCapabilities(options.capAdd, options.capDrop);
  return unlessBare({
    add: unlessEmpty(all.filter((name) => !defaultCapabilities.includes(name))),
    drop: unlessEmpty(defaultCapabilities.filter((name) => !all.includes(name))),
  });
}

/** Ids of the user; names are known in the container only, and are told of. */
function userOf(engine: Engine, record: ContainerRecord): Record<string, KubeValue> {
  const { user } = record.options;
  if (user === null || user === '') return {};
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  if (uid !== undefined) return { runAsUser: Number(uid), runAsGroup: Number(gid ?? 0) };
  engine.log(
    'warn',
    `container ${record.name}: the user ${JSON.stringify(user)} is not written, Kubernetes takes numbers only`,
  );
  return {};
}

function rightsOf(engine: Engine, record: ContainerRecord, image: RunDefaults): KubeValue {
  const { security, readOnly } = record.options;
  return unlessBare({
    allowPrivilegeEscalation: security.noNewPrivileges ? false : undefined,
    capabilities: capabilitiesOf(record),
    privileged: security.privileged || undefined,
    procMount: security.unmask.includes('ALL') ? 'Unmasked' : undefined,
    readOnlyRootFilesystem: readOnly || undefined,
    runAsNonRoot: /^[1-9]\d*$/.test(image.user) || undefined,
    ...userOf(engine, record),
  });
}

function resourcesOf({ options }: ContainerRecord): KubeValue {
  const { memory, cpuQuota, cpuPeriod } = options.resources;
  const milli = cpuQuota === null ? 0 : Math.trunc((1000 * cpuQuota) / (cpuPeriod ?? 100_000));
  const limits = unlessBare({
    cpu: milli >= 1 ? formatMilli(milli) : undefined,
    memory: memory !== null && memory > 0 ? formatBytes(memory) : undefined,
  });
  return unlessBare({ limits });
}

/** Describes a container. Throws BryoError `no-such-image`, and `unsupported` for what has no image or has devices. */
export function describeContainer(
  engine: Engine,
  record: ContainerRecord,
  { service }: { service: boolean },
): DescribedContainer {
  const { options, rootfs, name } = record;
  const image = imageDefaults(engine, record);
  if (options.devices.length > 0 && !options.security.privileged) {
    throw new BryoError('unsupported', `container ${name}: linux devices: not supported`);
  }
  const mounts = describeMounts(record);
  return {
    container: {
      name: kubeName(name),
      image: rootfs.kind === 'image' ? rootfs.imageName : undefined,
      ...processOf(record, image),
      env: environmentOf(record, image),
      ports: unlessEmpty(describePorts(options.ports, service)),
      resources: resourcesOf(record),
      securityContext: rightsOf(engine, record, image),
      stdin: options.interactive || undefined,
      tty: options.tty || undefined,
      volumeMounts: unlessEmpty(mounts.map(({ mount }) => mount)),
    },
    volumes: mounts.map(({ volume }) => volume),
  };
}
