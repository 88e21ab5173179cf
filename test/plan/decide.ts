import { BryoError } from '../../src/base/errors.ts';
import type { CommandSpec, Invocation } from '../../src/cli/command.ts';
import { command as createCommand } from '../../src/cli/container/create.ts';
import { readContainerOptions } from '../../src/cli/options/read-container-options.ts';
import { parseArguments } from '../../src/cli/parse.ts';
import type { RecordVolume } from '../../src/container/record.ts';
import { draftRecord } from '../../src/engine/containers/container-record.ts';
import { withImageVolumes } from '../../src/engine/containers/volumes-from.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { RunDefaults } from '../../src/image/config.ts';
import { splitWords } from '../../src/quadlet/words.ts';
import type { ContainerOptions } from '../../src/request/container.ts';
import { ensureVolume } from '../../src/volume/volume.ts';
import { caller } from '../support/fake-engine.ts';
import { decideStart } from './decided.ts';
import { withoutMachine } from './machine.ts';

/** The image that the containers of the golden plans are made of. */
const imageDefaults: RunDefaults = {
  env: ['PATH=/usr/bin:/bin', 'FROM_IMAGE=1'],
  cmd: ['sh'],
  entrypoint: [],
  user: '',
  workingDir: '',
  volumes: ['/declared'],
  exposedPorts: ['80/tcp'],
  labels: { 'of.image': 'yes' },
  stopSignal: '',
  healthcheck: null,
  onBuild: [],
  shell: [],
};

const id = 'c'.repeat(64);
const imageId = '1'.repeat(64);

/** Volumes are made of the caller's own id alone, for which no namespace is needed. */
function volumesOf(engine: Engine, options: ContainerOptions): RecordVolume[] {
  const single = {
    kind: 'single' as const,
    uids: [{ containerId: 0, hostId: caller.uid, size: 1 }],
    gids: [{ containerId: 0, hostId: caller.gid, size: 1 }],
  };
  return options.mounts.flatMap((mount) => {
    if (mount.kind !== 'volume') return [];
    const name = mount.name ?? 'anonymous';
    ensureVolume(engine.store, single, { name, anonymous: mount.name === null });
    return [{ name, target: mount.target, anonymous: mount.name === null }];
  });
}

function invocationOf(spec: CommandSpec, engine: Engine, words: readonly string[]): Invocation {
  const parsed = parseArguments(spec, words, 'bryo');
  const unused = {} as Invocation['context'];
  return { ...parsed, context: { ...unused, engine, dialect: 'podman' }, commands: [] };
}

async function decide(engine: Engine, words: readonly string[]): Promise<string[]> {
  const asked = readContainerOptions(invocationOf(createCommand, engine, words));
  const options = withImageVolumes(asked, imageDefaults);
  const config = options.rootfs === null ? imageDefaults : { ...imageDefaults, volumes: [] };
  const draft = draftRecord(
    { id, name: options.name ?? 'made_up', options, oneShot: false, createCommand: [] },
    config,
  );
  const record = {
    ...draft,
    createdAt: 'NOW',
    creator: 'CREATOR',
    rootfs:
      options.rootfs === null
        ? {
            kind: 'image' as const,
            imageId,
            imageName: 'localhost/image:latest',
            layers: [`sha256:${'2'.repeat(64)}`],
            driver: 'overlay',
          }
        : { kind: 'directory' as const, path: options.rootfs },
    volumes: volumesOf(engine, options),
  };
  return decideStart(engine, record);
}

/**
 * What `bryo create` with the words of a line decides, up to the launch plan; an error is a line that
 * begins with `!`. The engine is a fresh one ({@link fakeEngine}).
 */
export async function decideLine(engine: Engine, line: string): Promise<string[]> {
  const words = { ID: id, IMAGE: imageId };
  try {
    const lines = await decide(engine, splitWords(line) ?? []);
    return lines.map((text) => withoutMachine(text, engine, words));
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return [`! ${error.exitCode} ${withoutMachine(error.message, engine, words)}`];
  }
}
