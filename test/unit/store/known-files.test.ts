import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { digestItems } from '../../../src/store/tree-items.ts';

const large = 1 << 20;
const digest = `sha256:${'0'.repeat(64)}`;

/** The worker's key of a file. */
function keyOf(path: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const time = (ns: bigint): string => `${ns / 1_000_000_000n}.${ns % 1_000_000_000n}`;
  return `${dev}:${ino}:${size}:${time(mtimeNs)}:${time(ctimeNs)}`;
}

t.test('a large file that is known is not read again', async (t) => {
  const directory = t.testdir();
  const path = join(directory, 'file');
  const root = { kind: 'host', directory } as const;
  const items = [{ path: 'file', name: 'file', mode: null, follow: false }];
  const ask = (known: ReadonlyMap<string, string>) =>
    digestItems(root, items, { keepOwners: false, known });
  for (const [size, isKnown] of [
    [large, true],
    [1000, false],
  ] as const) {
    writeFileSync(path, Buffer.alloc(size, 1));
    const read = await ask(new Map());
    const told = await ask(new Map([[keyOf(path), digest]]));
    t.equal(told.digest !== read.digest, isKnown, 'the digest that was told counts');
    t.same(await ask(new Map([['1:2:3:4.0:4.0', digest]])), read, 'others do not');
    t.equal(read.read.size, 0, 'a file of just now is not known for good');
    const before = new Map([[keyOf(path), digest]]);
    writeFileSync(path, Buffer.alloc(size, 2));
    t.not((await ask(before)).digest, told.digest, 'a file that was written is another');
  }
});

t.test('a large file counts by its content', async (t) => {
  const directory = t.testdir();
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  const root = { kind: 'host', directory } as const;
  const ask = async (path: string) => {
    const items = [{ path, name: 'file', mode: null, follow: false }];
    return (await digestItems(root, items, { keepOwners: false, known: new Map() })).digest;
  };
  writeFileSync(one, Buffer.alloc(large, 1));
  writeFileSync(two, Buffer.alloc(large, 1));
  t.equal(await ask('one'), await ask('two'));
  writeFileSync(two, Buffer.alloc(large, 2));
  t.not(await ask('one'), await ask('two'));
});
