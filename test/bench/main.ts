import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leaveHybridCgroups } from '../support/hybrid-cgroups.ts';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { median } from '../support/statistics.ts';
import { testUser } from '../support/user.ts';
import { measureApi } from './api.ts';
import { measureBuilds } from './builds.ts';
import { largeImage } from './image.ts';
import { measureHandOver, measureMany, measureMemory, measurePush } from './images.ts';
import { userProcesses } from './memory.ts';
import { measureNetworks } from './networks.ts';
import { makePeers, type Peer, run, time, timeParallel } from './peer.ts';
import { pushLayout, startRegistry } from './registry.ts';
import { compare, report } from './report.ts';
import { measureRuntimes } from './runtime.ts';

/**
 * What an idle detached container keeps in memory: all that was not there before the engine's first
 * command, but for the payload. podman's pause process, one per user, is part of that.
 */
function idle(peer: Peer, image: string, network: string[]): { pss: number; monitor: number } {
  spawnSync('pkill', ['-u', testUser().name]);
  spawnSync('sleep', ['0.3']);
  const before = new Set(userProcesses().map(({ pid }) => pid));
  const flags = ['-d', '--name', 'idle', ...peer.runFlags, '--network', ...network];
  run(peer.argv('run', ...flags, image, 'sleep', '1000'));
  // Starting is over, and what is given back when nothing happens has been.
  spawnSync('sleep', ['5']);
  const fresh = userProcesses().filter(({ pid, name }) => !before.has(pid) && name !== 'sleep');
  run(peer.argv('rm', '-f', 'idle'));
  const monitor = fresh.find(({ name }) => /monitor|conmon/.test(name));
  return { pss: fresh.reduce((sum, { pss }) => sum + pss, 0), monitor: monitor?.private ?? 0 };
}

function measureIdle({ bryo, podman }: { bryo: Peer; podman: Peer }, image: string): void {
  // With a port podman keeps two processes more.
  for (const network of [['none'], ['slirp4netns'], ['slirp4netns', '-p', '127.0.0.1:5079:80']]) {
    const ours = idle(bryo, image, network);
    const theirs = idle(podman, image, network);
    report(
      `idle, ${network.slice(0, 2).join(' ')}: PSS of all kept`,
      ours.pss,
      theirs.pss,
      'KiB',
      '<= 0.50',
    );
    report('  its monitor, private memory', ours.monitor, theirs.monitor, 'KiB', '< 1024 KiB');
  }
}

/** To be called before podman's first command, which keeps the mounts that it finds. */
function makeMemoryDirectory(parent: string): string {
  const directory = join(parent, 'memory');
  mkdirSync(directory);
  run(['mount', '-t', 'tmpfs', '-o', 'size=6g', 'bryo-bench', directory], 'root');
  chownSync(directory, testUser().uid, testUser().gid);
  return directory;
}

/** Into memory: file systems vary by more than the peers do, above all after files were deleted. */
function measurePull(directory: string, image: string): void {
  const spent: { bryo: number[]; podman: number[] } = { bryo: [], podman: [] };
  for (let round = 0; round < 3; round += 1) {
    const peers = makePeers(join(directory, `pull${round}`));
    for (const name of ['bryo', 'podman'] as const)
      spent[name].push(time(peers[name].argv('pull', '-q', '--tls-verify=false', image)));
  }
  const ours = median(spent.bryo);
  report('pull of 30,000 files, 210 MB', ours, median(spent.podman), 'ms', '<= 0.40');
}

/** The payload only copies a file, so that little of the time is its own. */
function measureLog(peers: { bryo: Peer; podman: Peer }, image: string, directory: string): void {
  const flood = join(directory, 'flood');
  writeFileSync(flood, `${'x'.repeat(99)}\n`.repeat(1_000_000));
  const flags = ['--network=none', '--log-driver=k8s-file', '--log-opt=max-size=1g'];
  const argv = (peer: Peer) =>
    peer.argv(
      'run',
      '--rm',
      ...peer.runFlags,
      ...flags,
      `-v=${flood}:/flood:ro`,
      image,
      'cat',
      '/flood',
    );
  compare('100 MB to stdout, into the log', '<= 0.60', argv(peers.bryo), argv(peers.podman), 5);
}

/** What the sections have in common. */
interface Bench {
  peers: { bryo: Peer; podman: Peer };
  directory: string;
  /** A directory in memory. */
  memory: string;
  /** The small image, which both have, and the large one in the registry. */
  image: string;
  large: string;
}

function measureRuns({ peers: { bryo, podman }, image }: Bench): void {
  const runArgv = (peer: Peer, ...flags: string[]) =>
    peer.argv('run', '--rm', ...peer.runFlags, ...flags, image, 'true');
  compare(
    'run --rm --network=none',
    '<= 0.25',
    runArgv(bryo, '--network=none'),
    runArgv(podman, '--network=none'),
  );
  compare('run --rm, default network', '<= 0.30', runArgv(bryo), runArgv(podman));
  const bridge = (peer: Peer) => runArgv(peer, '--network=bridge');
  compare('run --rm --network=bridge', '<= 0.25', bridge(bryo), bridge(podman));
  const forty = (peer: Peer) => timeParallel(runArgv(peer, '--network=none'), 40, 8);
  report('40 run --rm, 8 at a time', forty(bryo), forty(podman), 'ms', '<= 0.30');
}

function measureExec({ peers: { bryo, podman }, image }: Bench): void {
  for (const peer of [bryo, podman]) {
    const flags = ['-d', '--name', 'x', ...peer.runFlags, '--network=none'];
    run(peer.argv('run', ...flags, image, 'sleep', '1000'));
  }
  compare('exec true', '<= 0.25', bryo.argv('exec', 'x', 'true'), podman.argv('exec', 'x', 'true'));
  for (const peer of [bryo, podman]) run(peer.argv('rm', '-f', 'x'));
}

function measureList({ peers: { bryo, podman }, image }: Bench): void {
  for (let i = 0; i < 200; i += 1)
    for (const peer of [bryo, podman]) run(peer.argv('create', '--name', `c${i}`, image, 'true'));
  compare('ps -a of 200 containers', '<= 0.30', bryo.argv('ps', '-a'), podman.argv('ps', '-a'));
}

/** What grows with the command line: the words of the payload, and options that are given again and again. */
function measureLong({ peers: { bryo, podman }, image }: Bench): void {
  const some = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(index));
  const row = (what: string, flags: string[], words: string[]) => {
    const argv = (peer: Peer) => [
      ...peer.argv('run', '--rm', ...peer.runFlags, '--network=none', ...flags),
      ...[image, 'true', ...words],
    ];
    compare(what, '<= 0.50', argv(bryo), argv(podman), 5);
  };
  row('run with 8,000 words', [], some(8000, String));
  row(
    'run with 2,000 -e',
    some(2000, (index) => `-eV${index}=1`),
    [],
  );
}

function measureVersion({ peers: { bryo } }: Bench): void {
  const spent = (word: string): number =>
    median(Array.from({ length: 15 }, () => time(bryo.argv(word))));
  report('--version', spent('--version'), Number.NaN, 'ms', '<= 25 ms');
  // Unlike that one it takes the start of JavaScript.
  report('--help', spent('--help'), Number.NaN, 'ms', '');
}

/** Parts of the benchmark in their order; `npm run bench -- NAME…` runs some. */
const sections: Readonly<Record<string, (bench: Bench) => Promise<void> | void>> = {
  run: measureRuns,
  networks: ({ peers, image, directory }) => measureNetworks({ peers, image, directory }),
  exec: measureExec,
  ps: measureList,
  long: measureLong,
  version: measureVersion,
  idle: ({ peers, image }) => measureIdle(peers, image),
  api: ({ peers, memory, image }) => measureApi(peers, memory, image),
  log: ({ peers, image, directory }) => measureLog(peers, image, directory),
  pull: ({ memory, large }) => measurePull(memory, large),
  memory: ({ memory, large }) => measureMemory(memory, large),
  push: ({ memory, large }) => measurePush(memory, large),
  save: ({ memory, large }) => measureHandOver(memory, large),
  // On the disk, as contexts of people are.
  builds: ({ peers, directory, image }) => measureBuilds(peers, { directory, image }),
  images: ({ memory }) => measureMany(memory),
  runtimes: ({ memory }) => measureRuntimes(memory),
};

function wantedSections(): ((bench: Bench) => Promise<void> | void)[] {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(name in sections));
  if (unknown !== undefined) {
    throw new Error(`there is no part ${unknown}; known are ${Object.keys(sections).join(' ')}`);
  }
  return Object.entries(sections)
    .filter(([name]) => names.length === 0 || names.includes(name))
    .map(([, measure]) => measure);
}

async function main(): Promise<void> {
  const wanted = wantedSections();
  leaveHybridCgroups();
  requirePrograms('podman', 'crun', 'runc', 'skopeo', 'docker-registry');
  const directory = mkdtempSync('/var/tmp/bryo-bench-');
  const user = testUser();
  chmodSync(directory, 0o755);
  chownSync(directory, user.uid, user.gid);
  const memory = makeMemoryDirectory(directory);
  spawnSync('pkill', ['-u', user.name, 'catatonit']);
  const peers = makePeers(directory);
  const { address } = await startRegistry(join(directory, 'registry'));
  largeImage('/var/tmp/bryo-bench-image');
  pushLayout(`${join(projectDir, 'dist', 'hello')}:localhost/hello:latest`, `${address}/hello:1`);
  pushLayout('/var/tmp/bryo-bench-image:large:latest', `${address}/large:1`);
  const image = `${address}/hello:1`;
  for (const peer of [peers.bryo, peers.podman]) {
    run(peer.argv('pull', '-q', '--tls-verify=false', image));
  }
  process.stdout.write(`${''.padEnd(44)}      bryo    podman       ratio  aim\n`);
  const bench = { peers, directory, memory, image, large: `${address}/large:1` };
  for (const measure of wanted) await measure(bench);
  run(['umount', '-l', memory], 'root');
  spawnSync('pkill', ['-u', user.name, 'catatonit']);
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
}

await main();
