import { type MountedImage, mountedImages, mountImage } from '../../engine/mounts/image.ts';
import { listImages } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { forEachName } from '../container/each.ts';
import { formatTable } from '../format/table.ts';
import { mountFormatOption, mountsAsJson, wantsJson } from '../options/mount-listing.ts';
import { refuseNamesWithAll } from '../options/shared.ts';

function chosen(invocation: Invocation): readonly string[] {
  const { args, context } = invocation;
  if (!invocation.flag('all')) return args;
  refuseNamesWithAll(args);
  return [...new Set(listImages(context.engine.store).map(({ id }) => id))];
}

function asJson(mounted: readonly MountedImage[]): string {
  return mountsAsJson(
    mounted.map(({ image, path }) => ({
      id: image.id,
      Names: [image.manifestDigest],
      Repositories: image.names,
      mountpoint: path,
    })),
  );
}

const columns = [
  { title: 'IMAGE', cell: ({ image }: MountedImage) => image.names[0] ?? image.id },
  { title: 'PATH', cell: ({ path }: MountedImage) => path },
];

export const command = defineCommand({
  name: 'image-mount',
  noun: 'image',
  summary: "Mount images' files",
  synopsis: '[IMAGE...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'image' },
  options: [{ name: 'all', short: 'a', help: 'all images' }, mountFormatOption],
  description: [
    "Makes an image's files visible, to be read only, and prints where; without an image it lists what is mounted. Ordinary users can mount only within 'bryo unshare', and it is seen only there; the mount goes with that session. The vfs storage driver makes a copy of the files, which stays until it is unmounted.",
    "Each use is counted: 'bryo image unmount' takes one back, and the last one unmounts.",
  ],
  examples: [
    {
      command: "bryo unshare sh -c 'cat $(bryo image mount alpine)/etc/os-release'",
      says: 'look into an image',
    },
  ],
  async run(invocation) {
    const { engine, stdout, dialect } = invocation.context;
    const json = wantsJson(invocation);
    const names = chosen(invocation);
    if (names.length === 0 && !invocation.flag('all')) {
      const mounted = mountedImages(engine);
      stdout.write(
        json ? asJson(mounted) : formatTable(columns, mounted, { dialect, heading: false }),
      );
      return 0;
    }
    const mounted: MountedImage[] = [];
    const status = await forEachName(invocation, names, async (name) => {
      mounted.push(await mountImage(engine, name));
      return null;
    });
    const alone = names.length === 1 && !invocation.flag('all');
    if (json) stdout.write(asJson(mounted));
    else if (alone) stdout.write(mounted.map(({ path }) => `${path}\n`).join(''));
    else stdout.write(formatTable(columns, mounted, { dialect, heading: false }));
    return status;
  },
});
