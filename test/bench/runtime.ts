import {
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { productArgv } from '../support/product.ts';
import { median } from '../support/statistics.ts';
import { testUser } from '../support/user.ts';
import { run, time } from './peer.ts';

const rounds = 25;

/** An OCI runtime under measurement. */
interface RuntimePeer {
  name: 'bryo-oci' | 'runc' | 'crun';
  /** Words before the command. */
  argv: string[];
}

function runtimes(directory: string): RuntimePeer[] {
  return [
    { name: 'bryo-oci', argv: [...productArgv(), 'runtime', '--root', `${directory}/bryo`] },
    { name: 'runc', argv: ['runc', '--rootless', 'true', '--root', `${directory}/runc`] },
    {
      name: 'crun',
      argv: ['crun', '--cgroup-manager', 'disabled', '--root', `${directory}/crun`],
    },
  ];
}

/** A busybox bundle with the rootless template of runc, which each of the peers takes. */
function makeBundle(directory: string, args: string[]): string {
  const bundle = join(directory, args[0] ?? '');
  const bin = join(bundle, 'rootfs', 'bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync('/bin/busybox', join(bin, 'busybox'));
  for (const applet of ['true', 'sleep']) symlinkSync('busybox', join(bin, applet));
  const { uid, gid } = testUser();
  for (const path of [bundle, join(bundle, 'rootfs'), bin]) chownSync(path, uid, gid);
  run(['runc', 'spec', '--rootless', '--bundle', bundle]);
  const path = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.process.terminal = false;
  config.process.args = args;
  delete config.process.capabilities.ambient;
  writeFileSync(path, JSON.stringify(config));
  return bundle;
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ');
}

/** `sh -c` with the three commands of a container's life, as an engine calls them. */
function lifecycle({ argv, name }: RuntimePeer, bundle: string): string[] {
  const call = quoted(argv);
  return [
    'sh',
    '-c',
    `${call} create --bundle ${bundle} ${name} && ${call} start ${name} && ${call} delete --force ${name}`,
  ];
}

/** Medians of alternating runs of bryo-oci, runc and crun, in milliseconds. */
function measure(peers: readonly RuntimePeer[], argv: (peer: RuntimePeer) => string[]): number[] {
  const spent = peers.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round += 1) {
    peers.forEach((peer, index) => {
      const milliseconds = time(argv(peer));
      if (round > 0) spent[index]?.push(milliseconds);
    });
  }
  return spent.map(median);
}

/** Prints how the OCI runtime compares with runc and crun on the same bundle. */
export function measureRuntimes(parent: string): void {
  const directory = join(parent, 'runtimes');
  mkdirSync(directory);
  chownSync(directory, testUser().uid, testUser().gid);
  const peers = runtimes(directory);
  const short = makeBundle(directory, ['true']);
  const long = makeBundle(directory, ['sleep', '1000']);
  process.stdout.write(
    `\n${''.padEnd(34)}bryo-oci      runc      crun        /runc  /crun  (<= 1.00, <= 2.00)\n`,
  );
  const row = (what: string, argv: (peer: RuntimePeer) => string[]): void => {
    const [ours = 0, runc = 0, crun = 0] = measure(peers, argv);
    const numbers = [ours, runc, crun].map((value) => value.toFixed(1).padStart(10)).join('');
    const ratios = [ours / runc, ours / crun].map((value) => value.toFixed(2).padStart(7)).join('');
    process.stdout.write(`${what.padEnd(32)}${numbers} ms   ${ratios}\n`);
  };
  row('run', ({ argv }) => [...argv, 'run', '--bundle', short, 'r']);
  row('create, start, delete', (peer) => lifecycle(peer, long));
  for (const { argv, name } of peers) {
    run([
      'sh',
      '-c',
      `${quoted(argv)} run --detach --bundle ${long} ${name} </dev/null >/dev/null 2>&1`,
    ]);
  }
  row('exec', ({ argv, name }) => [...argv, 'exec', name, 'true']);
  for (const { argv, name } of peers) run([...argv, 'delete', '--force', name]);
}
