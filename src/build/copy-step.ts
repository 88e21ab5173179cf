import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { bytesOfName, namePaths } from '../base/file-names.ts';
import type { CopySource, InstructionOf } from '../containerfile/instructions.ts';
import type { ImageSettings } from '../image/settings.ts';
import { findArchive } from './archives.ts';
import type { BuiltLayer } from './config-document.ts';
import type { BuildContext } from './context.ts';
import { contextFiles, filesFrom, layerTimes } from './context.ts';
import {
  type CopyOrder,
  type CopyPart,
  copyIntoLayer,
  destinationPath,
  type PreparedCopy,
  prepareCopy,
  type UnpackPart,
} from './copy-files.ts';
import { copyWords } from './history.ts';
import { fetchRemote, isRemote } from './remote-sources.ts';
import type { PreparedStep, StepInputs, StepPlace } from './steps.ts';

type Copying = InstructionOf<'copy' | 'add'>;

/** Here-documents become files of a directory of the workspace. */
function inlinePart(context: BuildContext, sources: readonly CopySource[]): CopyPart[] {
  const documents = sources.flatMap((source) =>
    source.kind === 'inline' ? [source.document] : [],
  );
  if (documents.length === 0) return [];
  const directory = context.work.freePath();
  mkdirSync(directory, { mode: 0o700 });
  const paths = documents.map(({ name, content }) => {
    const file = namePaths.basename(name);
    const path = bytesOfName(namePaths.join(directory, file));
    writeFileSync(path, bytesOfName(content));
    chmodSync(path, 0o644);
    return file;
  });
  const source = { kind: 'host', directory, ignore: null } as const;
  return [{ source, paths, parents: false, exclude: [], described: 'here-documents' }];
}

/** The files of addresses, fetched into directories of the workspace. */
async function remoteParts(
  context: BuildContext,
  instruction: Copying,
  addresses: readonly string[],
): Promise<{ parts: CopyPart[]; archives: UnpackPart[] }> {
  if (addresses.length === 0) return { parts: [], archives: [] };
  if (instruction.kind === 'copy') {
    throw new BryoError('no-source', "source can't be a URL for COPY");
  }
  const parts: CopyPart[] = [];
  const archives: UnpackPart[] = [];
  for (const address of addresses) {
    const fetched = await fetchRemote(context, instruction, address);
    if (fetched.archive !== null) archives.push(fetched.archive);
    else parts.push(fetched.part);
  }
  return { parts, archives };
}

async function pathParts(
  context: BuildContext,
  instruction: Copying,
  place: StepPlace,
  paths: readonly string[],
): Promise<{ parts: CopyPart[]; archives: UnpackPart[] }> {
  if (paths.length === 0) return { parts: [], archives: [] };
  const parents = instruction.kind === 'copy' && instruction.parents;
  const { exclude } = instruction;
  if (instruction.kind === 'copy' && instruction.from !== null) {
    const { source, described } = await filesFrom(context, place.stage, instruction.from);
    return { parts: [{ source, paths, parents, exclude, described }], archives: [] };
  }
  const source = contextFiles(context);
  const described = context.request.source.context ?? '';
  const archives: UnpackPart[] = [];
  const files: string[] = [];
  for (const path of paths) {
    const unpacked =
      instruction.kind === 'add' && instruction.unpack !== false
        ? await findArchive(context.work, source, path)
        : null;
    if (unpacked === null) files.push(path);
    else archives.push(unpacked);
  }
  const part = { source, paths: files, parents, exclude, described };
  return { parts: files.length === 0 ? [] : [part], archives };
}

/** Prepares COPY and ADD: afterwards it is known what they copy. */
export async function prepareCopyStep(
  context: BuildContext,
  instruction: Copying,
  place: StepPlace,
): Promise<PreparedStep> {
  const { work, request } = context;
  const { sources, chown, chmod, link } = instruction;
  if (chown?.startsWith(':')) {
    throw new BryoError('bad-id', `looking up UID/GID for "${chown}": can't find uid for user`, {
      hint: '--chown=USER[:GROUP]; a variable may be empty',
    });
  }
  const words = sources.flatMap((source) => (source.kind === 'path' ? [source.path] : []));
  const checked = instruction.kind === 'add' && instruction.checksum !== null;
  if (checked && !(sources.length === 1 && words.every(isRemote))) {
    throw new BryoError('bad-containerfile', '--checksum is for a single file of a web server');
  }
  const local = await pathParts(
    context,
    instruction,
    place,
    words.filter((one) => !isRemote(one)),
  );
  const remote = await remoteParts(context, instruction, words.filter(isRemote));
  const { settings } = place.image;
  const destination = destinationPath(settings.WorkingDir ?? '/', instruction.destination);
  const order: CopyOrder = {
    parts: [...local.parts, ...remote.parts, ...inlinePart(context, sources)],
    archives: [...local.archives, ...remote.archives],
    destination,
    chown,
    chmod,
    workdir: link ? null : workdirBeside(settings, destination),
  };
  const inputsOf = (what: unknown) => [
    instruction.kind,
    what,
    order.destination,
    order.parts.length === 0 ? null : chown,
    chmod,
    link,
  ];
  let prepared: Promise<PreparedCopy> | null = null;
  const prepare = (): Promise<PreparedCopy> => {
    prepared ??= prepareCopy(work, order);
    return prepared;
  };
  const exactly = async (): Promise<StepInputs> => {
    const { digest, sum } = await prepare();
    return { inputs: inputsOf(digest), words: copyWords(instruction, sum) };
  };
  // What is linked lies over nothing: names of users need those of the stage, though.
  const makeLayer = async (): Promise<BuiltLayer> => {
    const named = chown !== null && !/^\d+(:\d+)?$/.test(chown);
    const below = link && !named ? [] : place.image.layers;
    return copyIntoLayer(work, below, await prepare(), layerTimes(request));
  };
  const inside = order.parts.some(({ source }) => source.kind === 'layers');
  if (!inside) return { instruction, ...(await exactly()), exactly: null, makeLayer };
  // A cached result needs no look into the other image.
  const inputs = inputsOf(order.parts.map(identityOf));
  return { instruction, inputs, words: '', exactly, makeLayer };
}

function firstPart(path: string): string {
  return path.split('/', 2)[1] ?? '';
}

/**
 * The working directory that a step makes unless it is there, as the user's: podman does so after it has copied. What
 * is on the way to the destination is therefore left to the copying.
 */
function workdirBeside(
  { WorkingDir, User }: ImageSettings,
  destination: string,
): CopyOrder['workdir'] {
  const path = namePaths.resolve('/', WorkingDir || '/');
  const apart = ![firstPart(path), ''].includes(firstPart(destination));
  return path !== '/' && apart ? { path, owner: User || '0:0' } : null;
}

/** A part by the layers that it takes files from. */
function identityOf({ source, paths, parents, exclude }: CopyPart): unknown {
  const from = source.kind === 'layers' ? source.layers.map(({ diffId }) => diffId) : source;
  return [from, paths, parents, exclude];
}
