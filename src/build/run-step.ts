import { BryoError } from '../base/errors.ts';
import { bytesOfName } from '../base/file-names.ts';
import type { InnerMap } from '../container/userns/container-map.ts';
import type { InstructionOf } from '../containerfile/instructions.ts';
import { shellOf, withPairs } from '../image/instruction-settings.ts';
import type { SecretFileInput } from '../plan/launch-input.ts';
import type { BuiltLayer, ImageState } from './config-document.ts';
import { type BuildContext, layerTimes } from './context.ts';
import { runWords } from './history.ts';
import { keepFailedContainer } from './keep-failed.ts';
import { layerOf } from './make-layer.ts';
import { withoutMountPoints } from './mount-points.ts';
import { type CommandParts, runCommand } from './run-command.ts';
import { mountInputs, openMounts, ownedFile, type RunMounts } from './run-mounts.ts';
import type { PreparedStep, StepPlace } from './steps.ts';

interface Invocation {
  args: string[];
  /** A script that a here-document holds. */
  files: SecretFileInput[];
}

function invocation({ command }: InstructionOf<'run'>, { settings }: ImageState): Invocation {
  if (command.form === 'exec') return { args: command.args, files: [] };
  if (command.form === 'shell') return { args: [...shellOf(settings), command.line], files: [] };
  const target = `/dev/pipes/${command.name}`;
  const content = bytesOfName(command.content);
  return { args: [target], files: [{ target, content, mode: 0o755, uid: 0, gid: 0 }] };
}

/** Variables of a command: the image's, then arguments, then what its mounts say. */
function environment(place: StepPlace): string[] {
  const { scope, image } = place;
  const pairs = [...scope.proxies(), ...scope.runArguments()];
  const given = pairs.map(({ name, value }) => ({ key: name, value }));
  return withPairs(withPairs([], given), wordPairs(image.settings.Env ?? []));
}

function wordPairs(words: readonly string[]): { key: string; value: string }[] {
  return words.map((word) => {
    const equals = word.indexOf('=');
    return { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

async function makeLayer(
  context: BuildContext,
  instruction: InstructionOf<'run'>,
  place: StepPlace,
): Promise<BuiltLayer> {
  const { work, request, progress } = context;
  const { image } = place;
  const { args, files } = invocation(instruction, image);
  const workdir = image.settings.WorkingDir ?? '/';
  let opened: RunMounts | null = null;
  const targets: string[] = [];
  const open = async (inner: InnerMap | null): Promise<CommandParts> => {
    opened = await openMounts(context, place.stage, { mounts: instruction.mounts, workdir, inner });
    const own = files.map((file) => ownedFile(file, inner, 'RUN'));
    const given = [...opened.files, ...own];
    targets.push(...[...opened.mounts, ...given].map(({ target }) => target));
    const env = [...environment(place), ...opened.env];
    return { env, mounts: opened.mounts, files: given };
  };
  try {
    return await runCommand(
      work,
      {
        layers: image.layers,
        args,
        open,
        settings: image.settings,
        architecture: image.architecture,
        network: instruction.network,
        request: request.run,
        onOutput: (stream, bytes) => progress.output(place.shown, stream, bytes),
      },
      async (container) => {
        await withoutMountPoints(work, container, targets);
        return layerOf(work, container, layerTimes(request));
      },
      (container) => keepFailedContainer(context, place, container),
    );
  } finally {
    await release(opened);
  }
}

async function release(opened: RunMounts | null): Promise<void> {
  await opened?.release();
}

/** Prepares RUN. */
export async function prepareRun(
  context: BuildContext,
  instruction: InstructionOf<'run'>,
  place: StepPlace,
): Promise<PreparedStep> {
  const words = runWords(instruction, place.scope.runArguments());
  const { command, network, mounts, security } = instruction;
  if (security === 'insecure') {
    throw new BryoError(
      'bad-containerfile',
      'RUN --security=insecure is refused: a build gets no more rights than bryo run gives',
    );
  }
  const inputs = [
    'run',
    command,
    words,
    network,
    await mountInputs(context, place.stage, mounts),
    place.image.settings,
  ];
  const make = (): Promise<BuiltLayer> => makeLayer(context, instruction, place);
  return { instruction, inputs, words, exactly: null, makeLayer: make };
}
