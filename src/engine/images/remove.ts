import { BryoError } from '../../base/errors.ts';
import { recentRecords } from '../../container/recent-records.ts';
import { type ContainerRecord, usedImages } from '../../container/record.ts';
import { type ForeignList, resolveNamed } from '../../image/foreign-list.ts';
import { type IndexEntry, repositoryAnnotation, updateIndex } from '../../image/layout.ts';
import { parseReference } from '../../image/reference.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import type { Store } from '../../store/paths.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import { removeContainer } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { collectGarbage, removeBlobs, removeUnusedLayers } from '../system/garbage.ts';
import { endImageMounts } from './end-mounts.ts';
import { nameToTake, type Planned, remainingEntries } from './removal-plan.ts';
import { dropListName } from './remove-list.ts';
import { type RemainingImage, StoredNames } from './stored-names.ts';

export interface RemovedImage {
  untagged: string[];
  /** Ids. */
  deleted: string[];
}

/** The end of the removal of one name. */
export type RemovalOutcome =
  | ({ kind: 'removed'; asked: string } & RemovedImage)
  | { kind: 'failed'; asked: string; error: BryoError };

function recordsOfImages({ store }: Engine): Map<string, ContainerRecord[]> {
  const users = new Map<string, ContainerRecord[]>();
  for (const record of recentRecords(store).records) {
    for (const { id } of usedImages(record)) {
      const known = users.get(id);
      if (known === undefined) users.set(id, [record]);
      else known.push(record);
    }
  }
  return users;
}

/** Throws BryoError `image-in-use` (exit code 2) unless the containers may go, too. */
async function removeUsers(
  engine: Engine,
  name: string,
  { users, force }: { users: readonly ContainerRecord[]; force: boolean },
): Promise<void> {
  const [first] = users;
  if (first === undefined) return;
  if (!force) {
    throw new BryoError(
      'image-in-use',
      `image ${name} is used by container ${first.name} (${first.id.slice(0, 12)})`,
      { exitCode: 2, hint: 'remove the container first, or use --force' },
    );
  }
  for (const { id: user } of users) {
    const options = { force: true, ignore: true, volumes: false, depend: true };
    await removeContainer(engine, user, options);
  }
}

/**
 * Takes a name with a digest, under which it was pulled, off an image that has other names. Tells whether
 * it had it.
 */
function forgetDigest(store: Store, image: ResolvedImage, name: string): boolean {
  if (!name.includes('@')) return false;
  const { domain, path } = parseReference(name);
  let known = false;
  updateIndex(store, (entries) =>
    entries.map((entry) => {
      const { [repositoryAnnotation]: repository, ...annotations } = entry.descriptor.annotations;
      if (entry.descriptor.digest !== image.entryDigest || repository !== `${domain}/${path}`) {
        return entry;
      }
      known = true;
      return { ...entry, descriptor: { ...entry.descriptor, annotations } };
    }),
  );
  return known;
}

/** The removals of one command: the index is changed once for all of them, where that is possible. */
class Removals {
  readonly #engine: Engine;
  readonly #force: boolean;
  readonly #outcomes: RemovalOutcome[] = [];
  #names: StoredNames;
  #planned: { at: number; plan: Planned }[] = [];
  #gone: ResolvedImage[] = [];

  constructor(engine: Engine, force: boolean) {
    this.#engine = engine;
    this.#force = force;
    this.#names = new StoredNames(engine.store);
  }

  async #find(asked: string): Promise<{ remaining: RemainingImage; asked: string } | ForeignList> {
    const certain = this.#names.find(asked);
    if (certain !== null) return { remaining: certain, asked };
    await this.#commit();
    const named = resolveNamed(this.#engine.store, asked);
    if (named.kind === 'list') return named;
    if (this.#names.ofEntry(named.entryDigest) === undefined) {
      this.#names = new StoredNames(this.#engine.store);
    }
    const known = this.#names.ofEntry(named.entryDigest);
    const remaining = known ?? { image: named, names: new Set(named.names) };
    return { remaining, asked: named.asked };
  }

  /** Notes what is to be done for a name. Errors: those of {@link removeImage}, but for the use by containers. */
  async #plan(given: string): Promise<RemovedImage | Planned> {
    const engine = this.#engine;
    const found = await this.#find(given);
    if ('kind' in found) {
      await dropListName(engine, found.name);
      recordImageEvent(engine, 'untag', found.id, found.name);
      return { untagged: [found.name], deleted: found.names.length > 1 ? [] : [found.id] };
    }
    const { remaining, asked } = found;
    const { image } = remaining;
    if (remaining.names.size > 0 && forgetDigest(engine.store, image, asked)) {
      recordImageEvent(engine, 'untag', image.id, asked);
      return { untagged: [asked], deleted: [] };
    }
    const pinned = asked.includes('@');
    // By its id an image is meant with all its manifests, otherwise with that one.
    const byId = !pinned && image.id.startsWith(asked.replace(/^sha256:/, ''));
    const same = this.#names.ofId(image.id);
    const targets = byId && same.length > 0 ? same : [remaining];
    const names = targets.flatMap((target) => [...target.names]);
    const chosen = nameToTake(asked, names, byId || pinned);
    if (chosen === null && names.length > 1 && !this.#force) {
      throw new BryoError(
        'image-has-names',
        `image ${asked} has several names: ${names.join(', ')}`,
        { hint: 'remove the names, or use --force' },
      );
    }
    const untagged = chosen ?? names;
    const whole = untagged.length >= names.length;
    this.#names.take(targets, untagged, whole);
    const remains = targets.length < same.length;
    return {
      asked,
      image,
      digests: targets.map((target) => target.image.entryDigest),
      untagged,
      goes: !whole ? 'names' : remains ? 'entry' : 'image',
    };
  }

  async add(asked: string): Promise<void> {
    try {
      const plan = await this.#plan(asked);
      if ('goes' in plan) this.#planned.push({ at: this.#outcomes.length, plan });
      const done = 'goes' in plan ? { untagged: plan.untagged.slice(), deleted: [] } : plan;
      this.#outcomes.push({ kind: 'removed', asked, ...done });
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      this.#outcomes.push({ kind: 'failed', asked, error });
    }
  }

  /** The removals that no container hinders. */
  async #unhindered(): Promise<{ at: number; plan: Planned }[]> {
    const users = recordsOfImages(this.#engine);
    const free: { at: number; plan: Planned }[] = [];
    for (const one of this.#planned) {
      const { at, plan } = one;
      try {
        if (plan.goes === 'image') {
          const own = { users: users.get(plan.image.id) ?? [], force: this.#force };
          await removeUsers(this.#engine, plan.asked, own);
        }
        free.push(one);
      } catch (error) {
        if (!(error instanceof BryoError)) throw error;
        this.#outcomes[at] = { kind: 'failed', asked: plan.asked, error };
      }
    }
    return free;
  }

  async #commit(after: (entries: readonly IndexEntry[]) => void = () => undefined): Promise<void> {
    if (this.#planned.length === 0) return;
    const engine = this.#engine;
    const free = await this.#unhindered();
    this.#planned = [];
    if (free.length === 0) return;
    let kept: ReadonlySet<Planned> = new Set();
    updateIndex(
      engine.store,
      (entries) => {
        const plans = free.map(({ plan }) => plan);
        const left = remainingEntries(entries, plans);
        kept = left.kept;
        const ended = plans.filter((plan) => plan.goes !== 'names' && !kept.has(plan));
        this.#gone.push(...ended.map(({ image }) => image));
        return left.entries;
      },
      after,
    );
    for (const { at, plan } of free) this.#tell(at, plan, !kept.has(plan));
    const ids = this.#gone.map(({ id }) => id);
    await endImageMounts(engine, ids);
  }

  #tell(at: number, { asked, image, untagged, goes }: Planned, done: boolean): void {
    const deleted = done && goes === 'image' ? [image.id] : [];
    this.#outcomes[at] = { kind: 'removed', asked, untagged: untagged.slice(), deleted };
    for (const name of untagged.toReversed()) {
      recordImageEvent(this.#engine, 'untag', image.id, name);
    }
    if (deleted.length > 0) recordImageEvent(this.#engine, 'remove', image.id, asked);
  }

  /** Blobs that nobody needs any more go at the end: to find them all images are read. */
  async finish(): Promise<RemovalOutcome[]> {
    const { store } = this.#engine;
    let swept = false;
    await this.#commit((entries) => {
      if (this.#gone.length > 0) removeBlobs(store, entries, this.#gone);
      swept = true;
    });
    if (this.#gone.length > 0 && swept) await removeUnusedLayers(this.#engine);
    else if (this.#gone.length > 0) await collectGarbage(this.#engine, this.#gone);
    return this.#outcomes;
  }
}

/**
 * Takes names off images, and removes the images with their last names. Gives what became of each, in
 * their order; the failures are those of {@link removeImage}.
 */
export function removeImages(
  engine: Engine,
  names: readonly string[],
  { force }: { force: boolean },
): Promise<RemovalOutcome[]> {
  return notingUnfinished(engine.store, async () => {
    const removals = new Removals(engine, force);
    for (const name of names) await removals.add(name);
    return removals.finish();
  });
}

/**
 * Removes a name of an image, and the image with its last name. Throws BryoError `no-such-image`
 * (exit code 1), `image-has-names` or `image-in-use` (2).
 */
export async function removeImage(
  engine: Engine,
  name: string,
  force: boolean,
): Promise<RemovedImage> {
  const [outcome] = await removeImages(engine, [name], { force });
  if (outcome?.kind === 'failed') throw outcome.error;
  return outcome ?? { untagged: [], deleted: [] };
}
