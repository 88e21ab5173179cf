import { existsSync, realpathSync } from 'node:fs';
import { join, posix } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type { IdMap } from '../../../base/id-map.ts';
import { podmanVersion } from '../../../base/version.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { HostFile } from '../../../container/spec/build.ts';
import { type WriteOptions, writeFileAtomic } from '../../../store/atomic-file.ts';
import { type ContainerFile, fileIn } from '../../../store/container-files.ts';
import { readCappedBytes } from './read-capped.ts';
import { addMember } from './shared-hosts.ts';

const zones = '/usr/share/zoneinfo';

/** The name of a time zone; of `local` that which the host's own file leads to, or null. */
export function zoneName(zone: string): string | null {
  if (zone !== 'local') return posix.normalize(zone);
  const path = realpathSync('/etc/localtime');
  return path.startsWith(`${zones}/`) ? path.slice(zones.length + 1) : null;
}

/** The rules of a time zone as the host has them (tzfile(5)). */
function readTimezone(name: string): Buffer {
  const path = name === 'local' ? '/etc/localtime' : join(zones, name);
  const bytes = readCappedBytes(path, `--tz ${name}`);
  if (bytes.subarray(0, 4).toString('latin1') === 'TZif') return bytes;
  throw new BryoError('bad-flag-value', `--tz ${name}: ${path} holds no time zone`);
}

export interface RuntimeFilesInput {
  record: ContainerRecord;
  directory: string;
  /** How its files are written. */
  written: WriteOptions;
  hostname: string;
  /** Content of /etc/hosts; null: the image's own (--no-hosts). */
  hosts: string | null;
  resolvConf: string | null;
  /** The container whose hosts and resolv.conf these are, too; null: nobody's. */
  owner: NetworkOwner | null;
  /** The storage's ids. */
  idMap: () => IdMap;
}

/** A container whose network others share, and the files about it. */
export interface NetworkOwner {
  directory: string;
  /** Names that /etc/hosts keeps: of its own, and of the containers that there are. */
  names: ReadonlySet<string>;
  /** Whether its root is that of the container, too. */
  sameRoot: boolean;
}

/** Of a container that was made under podman's name what programs expect of podman: `podman-VERSION`. */
function engineName({ createCommand: [program = ''] }: ContainerRecord): string {
  return posix.basename(program) === 'podman' ? `podman-${podmanVersion}` : 'bryo';
}

/** Other engines' tools look for this file to learn that they run in a container (podman's form). */
function containerEnv(record: ContainerRecord): string {
  if (!record.options.security.privileged) return '';
  const image = record.rootfs.kind === 'image' ? record.rootfs : null;
  const lines = [
    `engine="${engineName(record)}"`,
    `name="${record.name}"`,
    `id="${record.id}"`,
    `image="${(image?.imageName ?? '').replace(/[^\w.:/@-]/g, '')}"`,
    `imageid="${image?.imageId ?? ''}"`,
    'rootless=1',
  ];
  return `${lines.join('\n')}\n`;
}

/** The files of the network's owner; the same ones, so that all see what any of them changes. */
async function sharedFiles(owner: NetworkOwner, input: RuntimeFilesInput): Promise<HostFile[]> {
  const { directory, names: staying, sameRoot: ofRoot } = owner;
  const hosts = fileIn(directory, 'hosts');
  const resolvConf = fileIn(directory, 'resolvConf');
  const mounts: HostFile[] = [];
  if (input.hosts !== null && existsSync(hosts)) {
    const names = [input.hostname, input.record.name];
    await addMember(hosts, { names, staying, idMap: input.idMap });
    mounts.push({ source: hosts, target: '/etc/hosts', ofRoot });
  }
  if (existsSync(resolvConf)) {
    mounts.push({ source: resolvConf, target: '/etc/resolv.conf', ofRoot });
  }
  return mounts;
}

/**
 * Writes the files that are made anew for every start and bound over the image's. They lie in the
 * container's directory, never in its root filesystem, whose links could point anywhere.
 */
export async function writeRuntimeFiles(input: RuntimeFilesInput): Promise<HostFile[]> {
  const mounts: HostFile[] = [];
  const write = (
    name: ContainerFile,
    target: string,
    content: string | Uint8Array | null,
  ): void => {
    if (content === null) return;
    const source = fileIn(input.directory, name);
    writeFileAtomic(source, content, 'volatile', input.written);
    mounts.push({ source, target, ofRoot: true });
  };
  const { files } = input.record.options;
  if (!files.noHostname) write('hostname', '/etc/hostname', `${input.hostname}\n`);
  const { timezone } = files;
  write('localtime', '/etc/localtime', timezone === null ? null : readTimezone(timezone));
  if (input.owner === null) {
    write('hosts', '/etc/hosts', input.hosts);
    write('resolvConf', '/etc/resolv.conf', input.resolvConf);
  } else {
    mounts.push(...(await sharedFiles(input.owner, input)));
  }
  write('containerEnv', '/run/.containerenv', containerEnv(input.record));
  return mounts;
}
