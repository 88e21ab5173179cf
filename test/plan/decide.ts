import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../src/base/errors.ts';
import type { CommandSpec, Invocation } from '../../src/cli/command.ts';
import { command as createCommand } from '../../src/cli/container/create.ts';
import { readContainerOptions } from '../../src/cli/options/read-container-options.ts';
import { parseArguments } from '../../src/cli/parse.ts';
import type { RecordVolume } from '../../src/container/record.ts';
import { draftRecord } from '../../src/engine/containers/container-record.ts';
import { prepareStart } from '../../src/engine/containers/start/prepare.ts';
import { withImageVolumes } from '../../src/engine/containers/volumes-from.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { RunDefaults } from '../../src/image/config.ts';
import { noDescriptors } from '../../src/native/inherited-fds.ts';
import { ownLimits } from '../../src/native/process-limits.ts';
import { hostHosts } from '../../src/network/hosts.ts';
import { splitWords } from '../../src/quadlet/words.ts';
import type { ContainerOptions } from '../../src/request/container.ts';
import { noLimits } from '../../src/request/limits.ts';
import { storePaths } from '../../src/store/paths.ts';
import { ensureVolume } from '../../src/volume/volume.ts';
import { caller } from './fake-store.ts';
import { decidedLines } from './views.ts';

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

const own = ownLimits();

/** Limits that are the caller's own, whatever those are. */
function withoutLimits(line: string): string {
  let text = line;
  for (const [name, resource] of Object.entries({ core: 4, nproc: 6, nofile: 7 })) {
    const hard = own.get(name)?.hard ?? -1;
    const hex = hard < 0 ? '0xffffffffffffffff' : `0x${hard.toString(16)}`;
    text = text
      .replace(
        `"RLIMIT_${name.toUpperCase()}","soft":${hard},`,
        `"RLIMIT_${name.toUpperCase()}","soft":OWN,`,
      )
      .replace(new RegExp(`(RLIMIT_${name.toUpperCase()}.*)"hard":${hard}}`), '$1"hard":OWN}')
      .replace(new RegExp(`(rlimit resource=${resource} .*)hard=${hex}`), '$1hard=OWN')
      .replace(new RegExp(`(rlimit resource=${resource} )soft=${hex}`), '$1soft=OWN');
  }
  return text;
}

/** The machine's name, as a word of its own. */
const hostWord = new RegExp(`(?<![\\w.-])${hostname()}(?![\\w.-])`, 'g');

function withoutHost(line: string): string {
  return /host/i.test(line) ? line.replace(hostWord, 'HOST') : line;
}

/** What differs between machines and runs, by a word for it. */
function withoutMachine(line: string, engine: Engine): string {
  return withoutHost(withoutLimits(line))
    .replaceAll(engine.store.root, 'ROOT')
    .replaceAll(engine.store.runroot, 'RUNROOT')
    .replaceAll(id, 'ID')
    .replaceAll(imageId, 'IMAGE')
    .replaceAll(engine.tmpdir, 'TMP')
    .replaceAll(process.cwd(), 'CWD')
    .replaceAll(process.execPath, 'NODE')
    .replace(/"\/[^"]*\/(slirp4netns|pasta|fuse-overlayfs|bryo-[a-z.]+)"/g, '"$1"')
    .replace(/<\d+ bytes>/g, '<bytes>');
}

function invocationOf(spec: CommandSpec, engine: Engine, words: readonly string[]): Invocation {
  const parsed = parseArguments(spec, words, 'bryo');
  const unused = {} as Invocation['context'];
  return { ...parsed, context: { ...unused, engine, dialect: 'podman' } };
}

/** The container's files, of /etc/hosts only what the host's own does not say. */
function filesOf(directory: string): [string, string][] {
  const hosts = new Set(hostHosts().split('\n'));
  return readdirSync(directory)
    .filter((name) => ['hosts', 'hostname', 'containerenv'].includes(name))
    .sort()
    .map((name) => {
      const own = readFileSync(join(directory, name), 'utf8').split('\n');
      return [name, own.filter((line) => name !== 'hosts' || !hosts.has(line)).join('\n')];
    });
}

async function decide(engine: Engine, words: readonly string[]): Promise<string[]> {
  const asked = readContainerOptions(invocationOf(createCommand, engine, words));
  const options = withImageVolumes(asked, imageDefaults);
  const config = options.rootfs === null ? imageDefaults : { ...imageDefaults, volumes: [] };
  const draft = draftRecord(
    { id, name: options.name ?? 'made_up', options, oneShot: false, createCommand: [] },
    config,
  );
  const directory = storePaths.container(engine.store, id);
  mkdirSync(join(directory, 'merged'), { recursive: true });
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
  // Whether there can be a control group depends on the machine; its limits are shown by themselves.
  const groupless = { ...record.options, resources: noLimits(), cgroupParent: null };
  const { spec, plan } = await prepareStart(
    engine,
    { ...record, options: { ...groupless, cgroups: 'disabled' } },
    { size: null, inherited: noDescriptors, shown: true },
  );
  return decidedLines({ record, spec, plan, files: filesOf(directory) });
}

/**
 * What `bryo create` with the words of a line decides, up to the launch plan; an error is a line that
 * begins with `!`. The engine is a fresh one ({@link fakeEngine}).
 */
export async function decideLine(engine: Engine, line: string): Promise<string[]> {
  try {
    const lines = await decide(engine, splitWords(line) ?? []);
    return lines.map((text) => withoutMachine(text, engine));
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return [`! ${error.exitCode} ${withoutMachine(error.message, engine)}`];
  }
}
