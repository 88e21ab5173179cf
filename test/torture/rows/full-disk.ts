import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskFull } from '../../../src/base/errors.ts';
import { temporaryDirectory } from '../../registry/real-registry.ts';
import { testUser } from '../../support/user.ts';
import type { TortureContext, TortureRow } from '../harness.ts';
import { sharingImages } from '../images.ts';

const mebibyte = 1 << 20;

/** Puts the store on a small filesystem of its own; gives what changes its size in bytes. */
export function limitDisk(context: TortureContext): (bytes: number) => void {
  if (process.getuid?.() !== 0)
    throw new Error('the row "disk" mounts a filesystem: start as root');
  const { uid, gid } = testUser();
  const { root } = context.sandbox;
  context.sandbox.makeDirectory('root');
  const options = `size=64m,mode=700,uid=${uid},gid=${gid}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'bryo-torture', root]);
  context.teardown(() => {
    context.sandbox.run(['rm', '--all', '--force', '--volumes']);
    execFileSync('umount', ['-l', root]);
  });
  return (bytes) => execFileSync('mount', ['-o', `remount,size=${bytes}`, root]);
}

/** Bytes that are taken of the filesystem of a directory. */
export function usedBytes(directory: string): number {
  const { blocks, bfree, bsize } = statfsSync(directory);
  return (blocks - bfree) * bsize;
}

/** Takes all that is free; what it returns gives it back. */
function takeAll(directory: string): () => void {
  const fill = join(directory, 'fill');
  const file = openSync(fill, 'w');
  try {
    for (const size of [mebibyte, 4096]) fillBy(file, Buffer.alloc(size, 'x'));
  } finally {
    closeSync(file);
  }
  return () => rmSync(fill);
}

function fillBy(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

export const removalsOnFullDisk: TortureRow = {
  name: 'full',
  says: 'with no byte free whatever removes things does, and gives the room back',
  rounds: 28,
  shortRounds: 7,
  async prepare(context) {
    const { sandbox } = context;
    limitDisk(context);
    const run = ['--network', 'none', 'hello'];
    sandbox.ok('run', '--name', 'first', ...run, 'true');
    const removals: string[][] = [
      ['rmi', 'example.com/c:1'],
      ['image', 'prune', '--all', '--force'],
      ['rm', 'w'],
      ['container', 'prune', '--force'],
      ['volume', 'rm', 'v'],
      ['volume', 'prune', '--force'],
      ['system', 'prune', '--all', '--force', '--volumes'],
    ];
    return async (index) => {
      const problems: string[] = [];
      const script = 'dd if=/dev/urandom of=/tmp/c bs=64k count=16 2>/dev/null; cp /tmp/c /v';
      sandbox.ok('run', '--name', 'w', '-v', 'v:/v', ...run, 'sh', '-c', script);
      sandbox.ok('commit', '-q', 'w', 'example.com/c:1');
      const words = removals[index % removals.length] ?? [];
      if (words[0] === 'volume' || words[0] === 'image') sandbox.ok('rm', 'w');
      const before = usedBytes(sandbox.root);
      const giveBack = takeAll(sandbox.root);
      const { code, stderr } = sandbox.run(words);
      giveBack();
      if (code !== 0) problems.push(`${words.join(' ')}: status ${code}: ${stderr}`);
      const freed = before - usedBytes(sandbox.root);
      if (freed < mebibyte) problems.push(`${words.join(' ')} gives only ${freed} bytes back`);
      sandbox.run(['rm', '--ignore', '--volumes', 'w']);
      sandbox.run(['rmi', '--ignore', 'example.com/c:1']);
      sandbox.run(['volume', 'prune', '--force']);
      problems.push(...context.nextCommand(index));
      return problems;
    };
  },
};

export const fullDisk: TortureRow = {
  name: 'disk',
  says: 'with a full disk commands fail with one line, damage nothing and give the space back',
  rounds: 40,
  shortRounds: 4,
  async prepare(context) {
    const { sandbox } = context;
    const resize = limitDisk(context);
    const [layout = ''] = sharingImages(context, 1).layouts;
    const archive = join(temporaryDirectory(context), 'image.tar');
    chmodSync(join(archive, '..'), 0o755);
    const name = 'example.com/large:1';
    execFileSync('skopeo', ['copy', '-q', `oci:${layout}:x`, `oci-archive:${archive}:${name}`]);
    chmodSync(archive, 0o644);
    const script = 'dd if=/dev/urandom of=/tmp/large bs=64k count=16 2>/dev/null';
    sandbox.ok('run', '--name', 'c', '--network', 'none', 'hello', 'sh', '-c', script);
    const commands: string[][] = [
      ['load', '-q', '-i', archive],
      ['commit', '-q', 'c', 'example.com/c:1'],
      // No name that is the beginning of an id: `rm` would take it for that of another container.
      ['create', '--name', 'w', '-v', 'v:/v', 'hello', 'true'],
      ['run', '--rm', '--network', 'none', 'hello', 'true'],
    ];
    const tidy = () => {
      sandbox.run(['rmi', '--ignore', name, 'example.com/c:1']);
      // Where both attempts had room, the second has taken the name from the image of the first.
      sandbox.run(['image', 'prune', '--force']);
      sandbox.run(['rm', '--ignore', '--volumes', 'w']);
      sandbox.run(['volume', 'rm', 'v']);
    };
    return async (index) => {
      const problems: string[] = [];
      const args = commands[index % commands.length] ?? [];
      const before = usedBytes(sandbox.root);
      const spare = Math.floor(index / commands.length) % 10;
      resize((Math.ceil(before / mebibyte) + spare) * mebibyte);
      const { code, stderr } = sandbox.run(args);
      const lines = stderr.split('\n').filter((line) => line !== '');
      if (code !== 0 && (lines.length !== 1 || /TypeError|undefined/.test(stderr))) {
        problems.push(`${args.join(' ')}: status ${code}: ${stderr}`);
      }
      if (code === 0 && stderr !== '') problems.push(`${args.join(' ')} says ${stderr}`);
      resize(64 * mebibyte);
      const again = sandbox.run(args);
      if (again.code !== 0 && code !== 0) {
        problems.push(`${args.join(' ')} fails with room enough, too: ${again.stderr}`);
        problems.push(`before it: ${stderr}`);
      }
      tidy();
      problems.push(...context.nextCommand(index));
      const grown = usedBytes(sandbox.root) - before;
      if (grown > mebibyte / 4) problems.push(`${grown} bytes are not given back`);
      return problems;
    };
  },
};
