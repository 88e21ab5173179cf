import { BryoError } from '../../base/errors.ts';
import { listRecords } from '../../container/records.ts';
import {
  type MountedContainer,
  mountContainer,
  mountedContainers,
} from '../../engine/mounts/container.ts';
import { isHolder } from '../../pod/records.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatTable } from '../format/table.ts';
import { latestContainer, latestOption } from '../options/latest.ts';
import { mountFormatOption, mountsAsJson, wantsJson } from '../options/mount-listing.ts';
import { allOption, noTruncOption, refuseNamesWithAll } from '../options/shared.ts';
import { forEachName } from './each.ts';

function chosen(invocation: Invocation): readonly string[] | null {
  const { args, context } = invocation;
  const { store } = context.engine;
  if (invocation.flag('all')) {
    refuseNamesWithAll(args);
    if (invocation.flag('latest')) {
      throw new BryoError('usage', '--all and --latest cannot be used together');
    }
    return listRecords(store)
      .records.filter((record) => !isHolder(record))
      .map(({ id }) => id);
  }
  if (invocation.flag('latest')) {
    if (args.length > 0)
      throw new BryoError('usage', '--latest and containers cannot be used together');
    return [latestContainer(store)];
  }
  return args.length > 0 ? args : null;
}

function describe({ id, name, path }: MountedContainer): Record<string, unknown> {
  return { id, Names: [name], mountpoint: path };
}

export const command = defineCommand({
  name: 'mount',
  noun: 'container',
  summary: "Mount containers' root filesystems",
  synopsis: '[CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [allOption, mountFormatOption, latestOption, noTruncOption],
  description: [
    "Makes a container's root filesystem visible and prints where; without a container it lists what is mounted. Ordinary users can mount only within 'bryo unshare', and it is seen only there; the mount goes with that session. Files of the vfs storage driver and of --rootfs are visible anyway.",
    "Each use is counted: 'bryo unmount' takes one back, and the last one unmounts. A stopped container cannot be started while it is mounted.",
    'Of a container that runs its own root filesystem is shown, without the volumes in it; the mount goes with the end of the container, even if that is started again at once. The files of fuse-overlayfs are seen by the container alone while it runs. Where root mounts its own running containers without a session, files can be read and changed there, but new ones are refused by the kernel: root has no id in them.',
  ],
  examples: [
    {
      command: "bryo unshare sh -c 'ls $(bryo mount web)/etc'",
      says: 'look into a container, running or not',
    },
  ],
  async run(invocation) {
    const { engine, stdout } = invocation.context;
    const json = wantsJson(invocation);
    const names = chosen(invocation);
    if (names === null) {
      const mounted = mountedContainers(engine);
      if (json) {
        stdout.write(mountsAsJson(mounted.map(describe)));
        return 0;
      }
      const whole = invocation.flag('no-trunc');
      const columns = [
        { title: 'ID', cell: ({ id }: MountedContainer) => (whole ? id : id.slice(0, 12)) },
        { title: 'PATH', cell: ({ path }: MountedContainer) => path },
      ];
      stdout.write(
        formatTable(columns, mounted, { dialect: invocation.context.dialect, heading: false }),
      );
      return 0;
    }
    const mounted: MountedContainer[] = [];
    const status = await forEachName(invocation, names, async (name) => {
      const done = await mountContainer(engine, name);
      mounted.push(done);
      return json ? null : done.path;
    });
    if (json) stdout.write(mountsAsJson(mounted.map(describe)));
    return status;
  },
});
