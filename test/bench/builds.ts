import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Builder, startBuildKit } from './buildkit.ts';
import { peakMemory, userProcesses } from './memory.ts';
import { run } from './peer.ts';
import { medians, report } from './report.ts';

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

/** The builders of a row, bryo first; BuildKit is there when its parts are. */
interface Builders {
  bryo: Builder;
  podman: Builder;
  buildkit: Builder | null;
}

function buildArgv(builder: Builder, ...words: string[]): string[] {
  // With chroot(2) alone podman has no network of its own to make; not all of its versions take another word for that.
  const podmans = ['--isolation', 'chroot', '--network', 'host'];
  const own = builder.name === 'podman' ? podmans : ['--network', 'none'];
  const context = words.at(-1) ?? '';
  return builder.argv('build', '-q', ...own, '-f', join(context, 'Containerfile'), ...words);
}

/** Two lines: beside podman, whose share is the bar, and beside BuildKit. */
function row(
  what: string,
  aim: string,
  builders: Builders,
  argv: (builder: Builder) => string[],
): void {
  const { bryo, podman, buildkit } = builders;
  const all = buildkit === null ? [bryo, podman] : [bryo, podman, buildkit];
  const [ours = 0, theirs = 0, kits = Number.NaN] = medians(all.map(argv), rounds);
  report(what, ours, theirs, 'ms', aim);
  if (buildkit !== null) report('  beside BuildKit', ours, kits, 'ms', '<= 1.00');
}

/** Each round changes what the one before it has built. */
function changed(file: string, argv: readonly string[]): string[] {
  return ['sh', '-c', `date +%N > ${file} && exec "$0" "$@"`, ...argv];
}

/** The most memory that a build takes; of BuildKit with its daemon, which is there all the time. */
async function memoryRows(builders: Builders, before: ReadonlySet<number>, context: string) {
  const peak = async (builder: Builder | null): Promise<number> => {
    if (builder === null) return Number.NaN;
    const argv = buildArgv(builder, '--no-cache', context);
    return (await peakMemory(argv, builder.name === 'buildkit' ? before : undefined)) / 1024;
  };
  const ours = await peak(builders.bryo);
  report('  memory of all of it: peak PSS', ours, await peak(builders.podman), 'MiB', '');
  if (builders.buildkit === null) return;
  report('  beside BuildKit', ours, await peak(builders.buildkit), 'MiB', '');
}

async function measureAll(
  builders: Builders,
  before: ReadonlySet<number>,
  bench: Bench,
): Promise<void> {
  const { directory, image } = bench;
  const everyone = [builders.bryo, builders.podman, builders.buildkit].filter(
    (builder) => builder !== null,
  );
  const from = `FROM ${image}`;
  const steps = makeContext(directory, 'steps', [from, ...Array<string>(20).fill('RUN true')]);
  const copy = makeContext(directory, 'copy', [from, 'COPY files /files']);
  makeFiles(copy, 20_000);
  const stages = makeContext(directory, 'stages', stagesText(from));
  const large = makeContext(directory, 'large', [from, 'COPY . /large']);
  makeLargeFiles(large);
  // Whoever made it, the test user changes a file of it.
  chmodSync(large, 0o777);
  const anew = (context: string) => (builder: Builder) => buildArgv(builder, '--no-cache', context);
  const again = (context: string) => (builder: Builder) => buildArgv(builder, context);
  row('build of 20 RUN true', '<= 0.30', builders, anew(steps));
  for (const builder of everyone) run(again(steps)(builder));
  row('the same again, with nothing to do', '<= 0.15', builders, again(steps));
  row('build that copies 20,000 files', '<= 0.40', builders, anew(copy));
  row('build of four stages of 2 s', '<= 0.60', builders, anew(stages));
  for (const builder of everyone) run(again(large)(builder));
  const small = join(large, 'small');
  row('build of 1 GB with one changed file', '<= 0.30', builders, (builder) =>
    changed(small, again(large)(builder)),
  );
  await memoryRows(builders, before, large);
}

/** What builds are measured with. */
interface Bench {
  /** On a disk, below which all of them keep what they build. */
  directory: string;
  image: string;
}

/** Builds beside podman's and BuildKit's, whose layers all keep for later ones. */
export async function measureBuilds(
  { bryo, podman }: { bryo: Builder; podman: Builder },
  bench: Bench,
): Promise<void> {
  const before = new Set(userProcesses().map(({ pid }) => pid));
  const buildkit = await startBuildKit(bench.directory, bench.image);
  if (buildkit !== null) {
    process.stdout.write(`  builds: BuildKit of docker.io ${buildkit.version}, rootless\n`);
  }
  try {
    await measureAll({ bryo, podman, buildkit: buildkit?.builder ?? null }, before, bench);
  } finally {
    await buildkit?.stop();
  }
}
