import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peakMemory } from './memory.ts';
import { type Peer, run } from './peer.ts';
import { compare, report } from './report.ts';

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

/** Files of a gigabyte that do not compress. */
function makeLargeFiles(context: string): void {
  for (let index = 0; index < 16; index += 1) {
    writeFileSync(join(context, `large-${index}`), randomBytes(1 << 26));
  }
}

/** Four stages of two seconds each, of which the last one takes something. */
function stagesText(from: string): string[] {
  const numbers = [1, 2, 3, 4];
  return [
    ...numbers.flatMap((n) => [`${from} AS s${n}`, `RUN sleep 2 && echo ${n} > /f`]),
    from,
    ...numbers.map((n) => `COPY --from=s${n} /f /${n}`),
  ];
}

/** Builds beside podman's, whose layers both keep for later ones. */
export async function measureBuilds(
  { bryo, podman }: { bryo: Peer; podman: Peer },
  { directory, image }: { directory: string; image: string },
): Promise<void> {
  const from = `FROM ${image}`;
  const steps = makeContext(directory, 'steps', [from, ...Array<string>(20).fill('RUN true')]);
  const copy = makeContext(directory, 'copy', [from, 'COPY files /files']);
  makeFiles(copy, 20_000);
  const stages = makeContext(directory, 'stages', stagesText(from));
  const large = makeContext(directory, 'large', [from, 'COPY . /large']);
  makeLargeFiles(large);
  // Whoever made it, the test user changes a file of it.
  chmodSync(large, 0o777);
  const argv = (peer: Peer, ...words: string[]) => {
    // With chroot(2) alone podman has no network of its own to make; not all of its versions take another word for that.
    const podmans = ['--isolation', 'chroot', '--network', 'host'];
    const own = peer.name === 'podman' ? podmans : ['--network', 'none'];
    return peer.argv('build', '-q', ...own, ...words);
  };
  const row = (what: string, aim: string, ...words: string[]) =>
    compare(what, aim, argv(bryo, ...words), argv(podman, ...words), rounds);
  row('build of 20 RUN true', '<= 0.30', '--no-cache', steps);
  for (const peer of [bryo, podman]) run(argv(peer, steps));
  row('the same again, with nothing to do', '<= 0.15', steps);
  row('build that copies 20,000 files', '<= 0.40', '--no-cache', copy);
  row('build of four stages of 2 s', '<= 0.60', '--no-cache', stages);
  for (const peer of [bryo, podman]) run(argv(peer, large));
  // Each changes what the one before it has built.
  const changed = (peer: Peer): string[] => {
    const [program = '', ...words] = argv(peer, large);
    const change = `date +%N > ${join(large, 'small')} && exec "$0" "$@"`;
    return ['sh', '-c', change, program, ...words];
  };
  compare('build of 1 GB with one changed file', '<= 0.30', changed(bryo), changed(podman), rounds);
  const [ours = 0, theirs = 0] = [
    await peakMemory(argv(bryo, '--no-cache', large)),
    await peakMemory(argv(podman, '--no-cache', large)),
  ];
  report('  memory of all of it: peak PSS', ours / 1024, theirs / 1024, 'MiB', '');
}
