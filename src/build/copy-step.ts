import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { BryoError } from '../base/errors.ts';
import type { CopySource, InstructionOf } from '../containerfile/instructions.ts';
import { findArchive } from './archives.ts';
import type { BuildContext } from './context.ts';
import { contextFiles, filesFrom, layerTimes } from './context.ts';
import {
  type CopyOrder,
  type CopyPart,
  copyIntoLayer,
  destinationPath,
  prepareCopy,
  type UnpackPart,
} from './copy-files.ts';
import { copyWords } from './history.ts';
import { fetchRemote, isRemote } from './remote-sources.ts';
import type { PreparedStep, StepPlace } from './steps.ts';

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
    const file = posix.basename(name);
    writeFileSync(join(directory, file), content);
    chmodSync(join(directory, file), 0o644);
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
  const words = sources.flatMap((source) => (source.kind === 'path' ? [source.path] : []));
  const local = await pathParts(
    context,
    instruction,
    place,
    words.filter((one) => !isRemote(one)),
  );
  const remote = await remoteParts(context, instruction, words.filter(isRemote));
  const order: CopyOrder = {
    parts: [...local.parts, ...remote.parts, ...inlinePart(context, sources)],
    archives: [...local.archives, ...remote.archives],
    destination: destinationPath(place.image.settings.WorkingDir ?? '/', instruction.destination),
    chown,
    chmod,
  };
  const prepared = await prepareCopy(work, order);
  return {
    instruction,
    inputs: [instruction.kind, prepared.digest, order.destination, chown, chmod, link],
    words: copyWords(instruction, prepared.sum),
    // What is linked lies over nothing: names of users need those of the stage, though.
    makeLayer: () => {
      const named = chown !== null && !/^\d+(:\d+)?$/.test(chown);
      const below = link && !named ? [] : place.image.layers;
      return copyIntoLayer(work, below, prepared, layerTimes(request));
    },
  };
}
