import t from 'tap';
import { type Planned, remainingEntries } from '../../../src/engine/images/removal-plan.ts';
import type { Digest } from '../../../src/image/digest.ts';
import type { IndexEntry } from '../../../src/image/layout.ts';
import type { ResolvedImage } from '../../../src/image/resolve.ts';

const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;

function entry(letter: string, name: string | null): IndexEntry {
  const descriptor = { mediaType: 'm', digest: digestOf(letter), size: 1, annotations: {} };
  return { descriptor, name } as IndexEntry;
}

/** What is left, in short: `a=name`; and how many images stay that were to go. */
function left(entries: readonly IndexEntry[], ...planned: Planned[]): [string[], number] {
  const result = remainingEntries(entries, planned);
  const shown = result.entries.map(({ descriptor, name }) => `${descriptor.digest[7]}=${name}`);
  return [shown, result.kept.size];
}

function plan(letters: string, untagged: string[], goes: Planned['goes']): Planned {
  const digests = [...letters].map(digestOf);
  return { asked: 'x', image: {} as ResolvedImage, digests, untagged, goes };
}

t.test('names and images go', async (t) => {
  const entries = [entry('a', 'one'), entry('a', 'two'), entry('b', null), entry('c', 'three')];
  t.same(left(entries, plan('a', ['one'], 'names')), [['a=two', 'b=null', 'c=three'], 0]);
  t.same(left(entries, plan('a', ['one', 'two'], 'image')), [['b=null', 'c=three'], 0]);
  t.same(left(entries, plan('bc', ['three'], 'image')), [['a=one', 'a=two'], 0]);
  const both = [plan('a', ['one'], 'names'), plan('a', ['two'], 'image')];
  t.same(left(entries, ...both), [['b=null', 'c=three'], 0], 'one name after the other');
});

t.test('the same name of another image stays', async (t) => {
  const entries = [entry('a', 'old'), entry('b', 'name')];
  t.same(left(entries, plan('a', ['name', 'old'], 'image')), [['b=name'], 0]);
});

t.test('others have changed names meanwhile', async (t) => {
  const given = [entry('a', 'one'), entry('a', 'new')];
  t.same(left(given, plan('a', ['one'], 'image')), [['a=new'], 1], 'it has another name by now');
  const taken = [entry('a', 'one')];
  t.same(left(taken, plan('a', ['one'], 'names')), [['a=null'], 0], 'the last one, unexpectedly');
  const gone = [entry('b', 'two')];
  t.same(left(gone, plan('a', ['one'], 'image')), [['b=two'], 0], 'it is no more');
});
