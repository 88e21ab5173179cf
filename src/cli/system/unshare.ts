import { BryoError, errnoCode } from '../../base/errors.ts';
import { addon } from '../../native/addon.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { libexecPath } from '../../native/locate.ts';
import { findProgram } from '../../native/programs.ts';
import { unsharedSession } from '../../native/unshared.ts';
import { usernsArgv } from '../../native/userns.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { makeStoreDirectory } from '../../store/store-dirs.ts';
import { defineCommand } from '../command.ts';

/** Null within another session, whose server is there; and where a full disk is to be cleaned up. */
function makeServerPlace(store: Store): string | null {
  if (unsharedSession() !== null) return null;
  const path = storePaths.sessionServer(store);
  try {
    makeStoreDirectory(store, path);
    return path;
  } catch (error) {
    if (errnoCode(error) === undefined) throw error;
    return null;
  }
}

export const command = defineCommand({
  name: 'unshare',
  noun: 'system',
  summary: "Run a command in the containers' user namespace",
  synopsis: '[COMMAND [ARG...]]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'none' },
  passthrough: true,
  options: [
    {
      name: 'rootless-netns',
      aliases: ['rootless-cni'],
      help: "in the network namespace of the user's bridges instead, as its root",
    },
  ],
  description: [
    "Runs a command, or the caller's shell, as root of the user namespace that images are stored through: there, files that belong to users inside containers can be looked at, changed and removed. It has a mount namespace of its own, in which 'bryo mount' and 'bryo image mount' show root filesystems, also of containers that run; they go with the command.",
    'With --rootless-netns the command runs in the network namespace in which the bridges of networks are, and tap0 that leads outside; files are those of the caller.',
  ],
  examples: [
    { command: 'bryo unshare cat /proc/self/uid_map', says: 'see how ids are mapped' },
    { command: 'bryo unshare rm -rf ./data', says: 'remove what a container left behind' },
    {
      command: "bryo unshare sh -c 'cp -r data/. $(bryo mount web)/srv/'",
      says: "change a container's files",
    },
  ],
  async run(invocation) {
    const { engine } = invocation.context;
    const command =
      invocation.args.length > 0 ? invocation.args : [process.env['SHELL'] || '/bin/sh'];
    const [name = '', ...rest] = command;
    const program = name.includes('/') ? name : findProgram(name);
    if (program === null) {
      throw new BryoError('command-not-found', `${name}: command not found`);
    }
    const environment = [
      ...ownEnvironment(),
      `CONTAINERS_GRAPHROOT=${engine.store.root}`,
      `CONTAINERS_RUNROOT=${engine.store.runroot}`,
    ];
    if (invocation.flag('rootless-netns')) {
      const { bridgeEntrance } = await import('../../engine/networks/enter.ts');
      const entrance = await bridgeEntrance(engine);
      const words = [...entrance.argv, program, ...rest];
      return addon().exec(entrance.program, words, environment, [0, 1, 2, ...entrance.fds]);
    }
    const server = makeServerPlace(engine.store);
    const words = usernsArgv(engine.idMap(), [program, ...rest], { server });
    const argv = ['bryo-launcher', ...words];
    return addon().exec(libexecPath('bryo-launcher'), argv, environment, [0, 1, 2]);
  },
});
