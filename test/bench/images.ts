import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTar } from '../../src/hello/tar.ts';
import { median } from '../support/statistics.ts';
import { testUser } from '../support/user.ts';
import { peakMemory } from './memory.ts';
import { makePeers, type Peer, run, time } from './peer.ts';
import { startRegistry } from './registry.ts';
import { compare, report } from './report.ts';

const rounds = 3;
const names = ['bryo', 'podman'] as const;
const large = 'large:1';

/** Times of both peers, whose turns alternate, each in a fresh store; the medians. */
async function alternate(
  directory: string,
  measure: (peer: Peer, place: string) => Promise<number>,
): Promise<{ bryo: number; podman: number }> {
  const spent: Record<(typeof names)[number], number[]> = { bryo: [], podman: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      // podman takes a runroot of at most 50 characters.
      const place = join(directory, name.charAt(0));
      spent[name].push(await measure(makePeers(place)[name], place));
      run(['rm', '-rf', place], 'root');
    }
  }
  return { bryo: median(spent.bryo), podman: median(spent.podman) };
}

function pull(peer: Peer, image: string): string[] {
  return peer.argv('pull', '-q', '--tls-verify=false', image);
}

/** Into a registry that has nothing yet, which counts for neither. */
export async function measurePush(directory: string, image: string): Promise<void> {
  const { bryo, podman } = await alternate(directory, async (peer) => {
    run(pull(peer, image));
    const data = join(directory, 'empty-registry');
    const registry = await startRegistry(data);
    const target = `${registry.address}/${large}`;
    const spent = time(peer.argv('push', '-q', '--tls-verify=false', image, target));
    await registry.stop();
    rmSync(data, { recursive: true });
    return spent;
  });
  report('push of the same', bryo, podman, 'ms', '<= 0.50');
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}

/** From store to store through a pipe. */
export async function measureHandOver(directory: string, image: string): Promise<void> {
  const { bryo, podman } = await alternate(directory, async (peer, place) => {
    run(pull(peer, image));
    const other = makePeers(`${place}/o`)[peer.name];
    return time([
      'sh',
      '-c',
      `${quoted(peer.argv('save', image))} | ${quoted(other.argv('load'))}`,
    ]);
  });
  report('save | load of the same', bryo, podman, 'ms', '<= 0.50');
}

/** Of a pull. */
export async function measureMemory(directory: string, image: string): Promise<void> {
  const peaks = await alternate(directory, (peer) => peakMemory(pull(peer, image)));
  const mebibytes = (kibibytes: number): number => kibibytes / 1024;
  report(
    '  its memory, all processes: peak PSS',
    mebibytes(peaks.bryo),
    mebibytes(peaks.podman),
    'MiB',
    '< 150 MiB',
  );
}

/** A docker archive of images of two layers each, the first of which they share. */
function manyImages(path: string, count: number): void {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const layerOf = (text: string) =>
    writeTar([{ kind: 'file', path: text, mode: 0o644, content: Buffer.from(text) }]);
  const shared = layerOf('shared');
  const files = [{ path: 'shared.tar', content: shared }];
  const manifest = Array.from({ length: count }, (_, index) => {
    const own = layerOf(`own${index}`);
    files.push({ path: `${index}.tar`, content: own });
    const content = json({
      architecture: 'amd64',
      os: 'linux',
      created: new Date(1_700_000_000_000 + index * 1000).toISOString(),
      config: { Cmd: ['true'], Labels: { number: String(index) } },
      rootfs: { type: 'layers', diff_ids: [shared, own].map((layer) => `sha256:${hex(layer)}`) },
    });
    const file = `${hex(content)}.json`;
    files.push({ path: file, content });
    return {
      Config: file,
      RepoTags: [`example.com/many/i${index}:1`],
      Layers: ['shared.tar', `${index}.tar`],
    };
  });
  files.push({ path: 'manifest.json', content: json(manifest) });
  writeFileSync(path, writeTar(files.map((file) => ({ kind: 'file', mode: 0o644, ...file }))));
}

/** What lists images, when there are many. */
export function measureMany(directory: string): void {
  const place = join(directory, 'many');
  mkdirSync(place);
  spawnSync('chown', [testUser().name, place]);
  const archive = join(directory, 'many.tar');
  manyImages(archive, 200);
  const { bryo, podman } = makePeers(place);
  for (const peer of [bryo, podman]) run(peer.argv('load', '-q', '-i', archive));
  const row = (what: string, aim: string, ...args: string[]) =>
    compare(what, aim, bryo.argv(...args), podman.argv(...args));
  row('images, 200 of them', '<= 0.30', 'images');
  row('system df of them', '', 'system', 'df');
  run(['rm', '-rf', place], 'root');
}
