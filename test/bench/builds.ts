import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Peer, run } from './peer.ts';
import { compare } from './report.ts';

const rounds = 3;

/** A context of the test user's with this Containerfile. */
function makeContext(directory: string, name: string, lines: readonly string[]): string {
  const path = join(directory, name);
  mkdirSync(path);
  writeFileSync(join(path, 'Containerfile'), lines.join('\n'));
  return path;
}

function makeFiles(context: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const directory = join(context, 'files', String(index % 200));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, String(index)), `file ${index}\n`.repeat(20));
  }
}

/** Builds beside podman's, whose layers both keep for later ones. */
export function measureBuilds(
  { bryo, podman }: { bryo: Peer; podman: Peer },
  { directory, image }: { directory: string; image: string },
): void {
  const from = `FROM ${image}`;
  const steps = makeContext(directory, 'steps', [from, ...Array<string>(20).fill('RUN true')]);
  const copy = makeContext(directory, 'copy', [from, 'COPY files /files']);
  makeFiles(copy, 20_000);
  const argv = (peer: Peer, ...words: string[]) => {
    const own = peer.name === 'podman' ? ['--isolation', 'chroot'] : [];
    return peer.argv('build', '-q', ...own, '--network', 'none', ...words);
  };
  const row = (what: string, aim: string, ...words: string[]) =>
    compare(what, aim, argv(bryo, ...words), argv(podman, ...words), rounds);
  row('build of 20 RUN true', '<= 0.30', '--no-cache', steps);
  for (const peer of [bryo, podman]) run(argv(peer, steps));
  row('the same again, with nothing to do', '<= 0.15', steps);
  row('build that copies 20,000 files', '<= 0.40', '--no-cache', copy);
}
