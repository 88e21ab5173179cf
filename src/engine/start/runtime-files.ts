import { join } from 'node:path';
import type { ContainerRecord } from '../../container/record.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';

export interface RuntimeFilesInput {
  record: ContainerRecord;
  directory: string;
  hostname: string;
  /** Content of /etc/hosts; null: the image's own (--no-hosts). */
  hosts: string | null;
  resolvConf: string | null;
}

interface FileMount {
  source: string;
  target: string;
}

/** Other engines' tools look for this file to learn that they run in a container (podman's form). */
function containerEnv(record: ContainerRecord): string {
  const image = record.rootfs.kind === 'image' ? record.rootfs : null;
  const lines = [
    'engine="bryo"',
    `name="${record.name}"`,
    `id="${record.id}"`,
    `image="${(image?.imageName ?? '').replace(/[^\w.:/@-]/g, '')}"`,
    `imageid="${image?.imageId ?? ''}"`,
    'rootless=1',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Writes the files that are made anew for every start and bound over the image's. They lie in the
 * container's directory, never in its root filesystem, whose links could point anywhere.
 */
export function writeRuntimeFiles(input: RuntimeFilesInput): FileMount[] {
  const mounts: FileMount[] = [];
  const write = (name: string, target: string, content: string | null): void => {
    if (content === null) return;
    const source = join(input.directory, name);
    writeFileAtomic(source, content, 'volatile', 0o644);
    mounts.push({ source, target });
  };
  write('hostname', '/etc/hostname', `${input.hostname}\n`);
  write('hosts', '/etc/hosts', input.hosts);
  write('resolv.conf', '/etc/resolv.conf', input.resolvConf);
  write('containerenv', '/run/.containerenv', containerEnv(input.record));
  return mounts;
}
