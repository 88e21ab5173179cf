import { formatSize } from '../../base/size.ts';
import type { Engine } from '../../engine/engine.ts';
import { layerSizes } from '../../engine/images/size.ts';
import { listImages, type ResolvedImage } from '../../image/resolve.ts';

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
function requiringNodes(engine: Engine, image: ResolvedImage, all: ResolvedImage[]): Node[] {
  const below = image.config.diffIds;
  const roots: Node[] = [];
  const nodes = new Map<string, Node>();
  for (const other of all) {
    const { diffIds } = other.config;
    if (diffIds.length <= below.length || below.some((id, at) => diffIds[at] !== id)) continue;
    const sizes = layerSizes(engine, other);
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

/** The layers of an image as a tree of lines; `requiring`: what is built on it instead. */
export function imageTree(engine: Engine, image: ResolvedImage, requiring: boolean): string {
  const all = listImages(engine.store);
  const sizes = layerSizes(engine, image);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const lines = [
    `Image ID: ${image.id.slice(0, 12)}`,
    `Tags:     [${image.names.join(' ')}]`,
    `Size:     ${formatSize(total)}`,
    'Image Layers',
  ];
  const nodes = requiring ? requiringNodes(engine, image, all) : layerNodes(image, sizes, all);
  return `${lines.join('\n')}\n${draw(nodes, '')}`;
}
