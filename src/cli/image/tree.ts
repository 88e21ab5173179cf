import { formatSize } from '../../base/size.ts';
import { layerSizes } from '../../engine/images/size.ts';
import { listImages, type ResolvedImage, resolveImage } from '../../image/resolve.ts';
import { defineCommand, type Invocation } from '../command.ts';

/** A layer in the tree of layers that lie on each other, with the images whose top it is. */
interface Node {
  line: string;
  tops: string[];
  children: Node[];
}

function draw(nodes: readonly Node[], indent: string): string {
  return nodes
    .map(({ line, tops, children }, index) => {
      const last = index === nodes.length - 1;
      const inner = draw(children, `${indent}${last ? '    ' : '│   '}`);
      return `${indent}${last ? '└── ' : '├── '}${line}${topOf(tops)}\n${inner}`;
    })
    .join('');
}

function shown(diffId: string, size: number): string {
  return `ID: ${diffId.replace('sha256:', '').slice(0, 12)} Size: ${formatSize(size)}`;
}

function topOf(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Top Layer of: [${names.join(' ')}]`;
}

/** The layers of an image in their order. */
function layerNodes(image: ResolvedImage, sizes: readonly number[], all: ResolvedImage[]): Node[] {
  return image.config.diffIds.map((diffId, index) => {
    const prefix = image.config.diffIds.slice(0, index + 1).join();
    const tops = all.filter(({ config }) => config.diffIds.join() === prefix);
    const line = shown(diffId, sizes[index] ?? 0);
    return { line, tops: tops.flatMap(({ names }) => names), children: [] };
  });
}

/** The layers that other images have on top of this one's. */
function requiringNodes(
  image: ResolvedImage,
  all: ResolvedImage[],
  invocation: Invocation,
): Node[] {
  const below = image.config.diffIds;
  const roots: Node[] = [];
  const nodes = new Map<string, Node>();
  for (const other of all) {
    const { diffIds } = other.config;
    if (diffIds.length <= below.length || below.some((id, at) => diffIds[at] !== id)) continue;
    const sizes = layerSizes(invocation.context.engine, other);
    let siblings = roots;
    for (let at = below.length; at < diffIds.length; at += 1) {
      const key = diffIds.slice(0, at + 1).join();
      let node = nodes.get(key);
      if (node === undefined) {
        node = { line: shown(diffIds[at] ?? '', sizes[at] ?? 0), tops: [], children: [] };
        nodes.set(key, node);
        siblings.push(node);
      }
      if (at === diffIds.length - 1) node.tops.push(...other.names);
      siblings = node.children;
    }
  }
  return roots;
}

export const command = defineCommand({
  name: 'image-tree',
  noun: 'image',
  summary: "Show an image's layers",
  synopsis: 'IMAGE',
  arguments: { min: 1, max: 1, kind: 'image' },
  options: [{ name: 'whatrequires', help: 'show the layers that other images have on top of it' }],
  description: [
    'Prints the layers of an image, the lowest first, with the images of which they are the top.',
  ],
  examples: [{ command: 'bryo image tree --whatrequires alpine', says: 'what is built on it' }],
  async run(invocation) {
    const { context, args } = invocation;
    const image = resolveImage(context.engine.store, args[0] ?? '');
    const all = listImages(context.engine.store);
    const sizes = layerSizes(context.engine, image);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const lines = [
      `Image ID: ${image.id.slice(0, 12)}`,
      `Tags:     [${image.names.join(' ')}]`,
      `Size:     ${formatSize(total)}`,
      'Image Layers',
    ];
    const nodes = invocation.flag('whatrequires')
      ? requiringNodes(image, all, invocation)
      : layerNodes(image, sizes, all);
    context.stdout.write(`${lines.join('\n')}\n${draw(nodes, '')}`);
    return 0;
  },
});
