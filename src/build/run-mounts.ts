import { readFileSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import { namePaths } from '../base/file-names.ts';
import { type InnerMap, storageId } from '../container/userns/container-map.ts';
import type { RunMount } from '../containerfile/instructions.ts';
import type { SecretFileInput } from '../plan/launch-input.ts';
import { type MountRequest, plainBind, plainTmpfs } from '../request/mounts/types.ts';
import { type CacheHold, holdCache } from './cache-mounts.ts';
import { contentDigest } from './content-digest.ts';
import { type BuildContext, filesFrom } from './context.ts';
import { select } from './select.ts';
import { withSource } from './sources.ts';
import { sshMount } from './ssh-mount.ts';

/** What `RUN --mount` words become. */
export interface RunMounts {
  mounts: MountRequest[];
  files: SecretFileInput[];
  /** Variables that have a secret's value. */
  env: string[];
  release(): Promise<void>;
}

const secretLimit = 500 * 1024;

function targetOf(workdir: string, target: string): string {
  return namePaths.resolve(workdir || '/', target);
}

function bytesOfSecret(context: BuildContext, id: string): Uint8Array | null {
  const secret = context.request.run.secrets.find((one) => one.id === id);
  if (secret === undefined) return null;
  const { source } = secret;
  if (source.kind === 'env') {
    const value = process.env[source.name];
    if (value !== undefined) return Buffer.from(value);
    throw new BryoError('bad-secret', `--secret id=${id}: $${source.name} is not set`);
  }
  try {
    const bytes = readFileSync(source.path);
    if (bytes.length <= secretLimit) return bytes;
  } catch (error) {
    const code = errnoCode(error) ?? 'unreadable';
    throw new BryoError('bad-secret', `--secret id=${id}: cannot read ${source.path}: ${code}`);
  }
  throw new BryoError('bad-secret', `--secret id=${id}: ${source.path} is larger than 500 KiB`);
}

type MountOf<K extends RunMount['kind']> = Extract<RunMount, { kind: K }>;

/** The circumstances of a command's mounts. */
interface MountPlace {
  workdir: string;
  /** The command's own ids; null: the build's. */
  inner: InnerMap | null;
}

/** A file of the command's with its owner as the storage namespace has it. */
export function ownedFile(
  file: SecretFileInput,
  inner: InnerMap | null,
  asked: string,
): SecretFileInput {
  const uid = storageId(file.uid, inner?.uids ?? null, asked);
  return { ...file, uid, gid: storageId(file.gid, inner?.gids ?? null, asked) };
}

function addSecret(
  context: BuildContext,
  mount: MountOf<'secret'>,
  { workdir, inner }: MountPlace,
  into: RunMounts,
): void {
  const id = mount.id ?? namePaths.basename(mount.target ?? '');
  const bytes = bytesOfSecret(context, id);
  if (bytes === null) {
    if (!mount.required) return;
    throw new BryoError('no-such-secret', `secret required but no secret with id "${id}" found`, {
      hint: `--secret id=${id},src=FILE`,
    });
  }
  if (mount.env !== null) into.env.push(`${mount.env}=${Buffer.from(bytes).toString('utf8')}`);
  if (mount.env !== null && mount.target === null) return;
  const { mode, uid, gid } = mount;
  const target = targetOf(workdir, mount.target ?? `/run/secrets/${id}`);
  into.files.push(ownedFile({ target, content: bytes, mode, uid, gid }, inner, `secret ${id}`));
}

/** A bind mount of the context or of an image: what is written into it is thrown away. */
async function addBind(
  context: BuildContext,
  stage: number,
  mount: MountOf<'bind'>,
  workdir: string,
  into: RunMounts,
): Promise<void> {
  if (mount.target === null) throw noTarget('bind');
  const { source, described } = await filesFrom(context, stage, mount.from);
  const target = targetOf(workdir, mount.target);
  const subpath = namePaths.normalize(`/${mount.source || '.'}`);
  const origin = `--mount=type=bind,target=${mount.target}`;
  const place = { target, readOnly: mount.readOnly, origin, subpath };
  if (source.kind === 'host') {
    const how = { ...plainBind(), overlay: mount.readOnly ? null : { kept: null } };
    into.mounts.push({ ...place, kind: 'bind', source: source.directory, how });
    return;
  }
  const layers = source.layers.map(({ diffId }) => diffId);
  const found = { imageId: '', layers };
  into.mounts.push({ ...place, kind: 'image', image: described, found });
}

function noTarget(kind: string): BryoError {
  return new BryoError('bad-mount', `--mount=type=${kind}: a target is needed`);
}

async function addCache(
  context: BuildContext,
  stage: number,
  mount: MountOf<'cache'>,
  { workdir, inner }: MountPlace,
  into: RunMounts,
): Promise<CacheHold> {
  if (mount.target === null) throw noTarget('cache');
  const target = targetOf(workdir, mount.target);
  const filling = mount.from === null ? null : await filesFrom(context, stage, mount.from);
  const hold = await holdCache(context.work, {
    id: mount.id ?? target,
    sharing: mount.sharing,
    owner: { uid: mount.uid, gid: mount.gid },
    inner,
    mode: mount.mode,
    filling: filling === null ? null : { source: filling.source, path: mount.source || '.' },
  });
  const origin = `--mount=type=cache,target=${mount.target}`;
  into.mounts.push({
    kind: 'bind',
    source: hold.directory,
    target,
    readOnly: mount.readOnly,
    origin,
    how: plainBind(),
  });
  return hold;
}

function tmpfsRequest(mount: MountOf<'tmpfs'>, workdir: string): MountRequest {
  if (mount.target === null) throw noTarget('tmpfs');
  const size = mount.size === null ? {} : { size: String(mount.size) };
  return {
    kind: 'tmpfs',
    target: targetOf(workdir, mount.target),
    readOnly: mount.readOnly,
    origin: '--mount=type=tmpfs',
    how: { ...plainTmpfs(), settings: size, copyUp: mount.copyUp },
  };
}

/** Makes what a command's `--mount` words ask for; `release` must be called. */
export async function openMounts(
  context: BuildContext,
  stage: number,
  { mounts, ...place }: MountPlace & { mounts: readonly RunMount[] },
): Promise<RunMounts> {
  const holds: { release(): Promise<void> }[] = [];
  const made: RunMounts = {
    mounts: [],
    files: [],
    env: [],
    async release() {
      for (const hold of holds) await hold.release();
    },
  };
  try {
    for (const mount of mounts) {
      if (mount.kind === 'secret') addSecret(context, mount, place, made);
      else if (mount.kind === 'bind') await addBind(context, stage, mount, place.workdir, made);
      else if (mount.kind === 'tmpfs') made.mounts.push(tmpfsRequest(mount, place.workdir));
      else if (mount.kind === 'cache') {
        holds.push(await addCache(context, stage, mount, place, made));
      } else {
        const agent = await sshMount(context.request.run.ssh, mount);
        if (agent === null) continue;
        made.mounts.push(agent.mount);
        made.env.push(agent.env);
        holds.push(agent);
      }
    }
    return made;
  } catch (error) {
    await made.release();
    throw error;
  }
}

/** What the mounts of a command add to its key: for files of a bind mount their content. */
export async function mountInputs(
  context: BuildContext,
  stage: number,
  mounts: readonly RunMount[],
): Promise<unknown[]> {
  const inputs: unknown[] = [];
  for (const mount of mounts) {
    if (mount.kind !== 'bind') {
      inputs.push(mount);
      continue;
    }
    const { source, described, identity } = await filesFrom(context, stage, mount.from);
    if (source.kind === 'layers') {
      inputs.push([mount, identity]);
      continue;
    }
    const digest = await withSource(context.work, source, async (root) => {
      const paths = [mount.source || '.'];
      const request = { paths, parents: false, chmod: null, exclude: [], described };
      const { items } = await select(root, { ...request, ignore: source.ignore });
      return contentDigest(context.work, root, items, false);
    });
    inputs.push([mount, digest]);
  }
  return inputs;
}
