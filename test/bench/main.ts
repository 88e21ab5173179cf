import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';
import { largeImage } from './image.ts';
import { userProcesses } from './memory.ts';
import { makePeers, median, type Peer, run, time, timeParallel } from './peer.ts';
import { measureRuntimes } from './runtime.ts';

const rounds = 15;
const port = 5077;

/** crun refuses hybrid control groups: the measurement runs where the unified part is not mounted. */
function leaveHybridCgroups(): void {
  if (process.getuid?.() !== 0) throw new Error('the benchmark starts as root: sudo npm run bench');
  const unified = '/sys/fs/cgroup/unified';
  if (!existsSync(unified) || process.env['BRYO_BENCH_NAMESPACE'] !== undefined) return;
  const self = fileURLToPath(import.meta.url);
  const script = `umount ${unified}; exec "$0" "$1"`;
  const { status } = spawnSync('unshare', ['-m', 'sh', '-c', script, process.execPath, self], {
    stdio: 'inherit',
    env: { ...process.env, BRYO_BENCH_NAMESPACE: '1' },
  });
  process.exit(status ?? 1);
}

const rows: { what: string; ours: number; theirs: number; unit: string; aim: string }[] = [];

function report(what: string, ours: number, theirs: number, unit: string, aim: string): void {
  rows.push({ what, ours, theirs, unit, aim });
  const ratio = Number.isNaN(theirs) ? '' : (ours / theirs).toFixed(2);
  const number = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(1)).padStart(10);
  process.stdout.write(
    `${what.padEnd(44)}${number(ours)}${number(theirs)} ${unit.padEnd(4)}${ratio.padStart(7)}  ${aim}\n`,
  );
}

/** Medians of alternating runs. */
function compare(
  what: string,
  aim: string,
  ours: string[],
  theirs: string[],
  count = rounds,
): void {
  const a: number[] = [];
  const b: number[] = [];
  time(ours);
  time(theirs);
  for (let i = 0; i < count; i += 1) {
    a.push(time(ours));
    b.push(time(theirs));
  }
  report(what, median(a), median(b), 'ms', aim);
}

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
  spawnSync('sleep', ['1']);
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
function measurePull(directory: string): void {
  const spent: { bryo: number[]; podman: number[] } = { bryo: [], podman: [] };
  for (let round = 0; round < 3; round += 1) {
    const peers = makePeers(join(directory, `pull${round}`));
    for (const name of ['bryo', 'podman'] as const)
      spent[name].push(
        time(peers[name].argv('pull', '-q', '--tls-verify=false', `127.0.0.1:${port}/large:1`)),
      );
  }
  const ours = median(spent.bryo);
  report('pull of 30,000 files, 210 MB', ours, median(spent.podman), 'ms', '<= 0.50');
}

function startRegistry(directory: string) {
  const config = join(directory, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${directory}/registry}}\nhttp: {addr: 127.0.0.1:${port}}\n`,
  );
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  process.on('exit', () => registry.kill());
  spawnSync('sleep', ['1']);
}

function push(layout: string, name: string): void {
  run([
    'skopeo',
    'copy',
    '-q',
    '--dest-tls-verify=false',
    `oci:${layout}`,
    `docker://127.0.0.1:${port}/${name}`,
  ]);
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

async function main(): Promise<void> {
  leaveHybridCgroups();
  requirePrograms('podman', 'crun', 'runc', 'skopeo', 'docker-registry');
  const directory = mkdtempSync('/var/tmp/bryo-bench-');
  const user = testUser();
  chmodSync(directory, 0o755);
  chownSync(directory, user.uid, user.gid);
  const memory = makeMemoryDirectory(directory);
  spawnSync('pkill', ['-u', user.name, 'catatonit']);
  const peers = makePeers(directory);
  const { bryo, podman } = peers;
  startRegistry(directory);
  largeImage('/var/tmp/bryo-bench-image');
  push(`${join(projectDir, 'dist', 'hello')}:localhost/hello:latest`, 'hello:1');
  push('/var/tmp/bryo-bench-image:large:latest', 'large:1');
  const image = `127.0.0.1:${port}/hello:1`;
  for (const peer of [bryo, podman]) run(peer.argv('pull', '-q', '--tls-verify=false', image));

  process.stdout.write(`${''.padEnd(44)}      bryo    podman       ratio  aim\n`);
  const runArgv = (peer: Peer, ...flags: string[]) =>
    peer.argv('run', '--rm', ...peer.runFlags, ...flags, image, 'true');
  compare(
    'run --rm --network=none',
    '<= 0.25',
    runArgv(bryo, '--network=none'),
    runArgv(podman, '--network=none'),
  );
  compare('run --rm, default network', '<= 0.30', runArgv(bryo), runArgv(podman));
  const forty = async (peer: Peer) => timeParallel(runArgv(peer, '--network=none'), 40, 8);
  report('40 run --rm, 8 at a time', await forty(bryo), await forty(podman), 'ms', '<= 0.30');
  for (const peer of [bryo, podman])
    run(
      peer.argv(
        'run',
        '-d',
        '--name',
        'x',
        ...peer.runFlags,
        '--network=none',
        image,
        'sleep',
        '1000',
      ),
    );
  compare('exec true', '<= 0.25', bryo.argv('exec', 'x', 'true'), podman.argv('exec', 'x', 'true'));
  for (const peer of [bryo, podman]) run(peer.argv('rm', '-f', 'x'));
  for (let i = 0; i < 200; i += 1)
    for (const peer of [bryo, podman]) run(peer.argv('create', '--name', `c${i}`, image, 'true'));
  compare('ps -a of 200 containers', '<= 0.30', bryo.argv('ps', '-a'), podman.argv('ps', '-a'));
  report(
    '--version',
    median(Array.from({ length: rounds }, () => time(bryo.argv('--version')))),
    Number.NaN,
    'ms',
    '<= 25 ms',
  );
  measureIdle(peers, image);
  measureLog(peers, image, directory);
  measurePull(memory);
  measureRuntimes(memory);
  run(['umount', '-l', memory], 'root');

  spawnSync('pkill', ['-u', user.name, 'catatonit']);
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
}

await main();
