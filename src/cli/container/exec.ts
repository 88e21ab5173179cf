import { BryoError, exitCodes, withExitCode } from '../../base/errors.ts';
import { startExec } from '../../engine/containers/exec.ts';
import { becomeAttachClient } from '../../engine/containers/start/attach-client.ts';
import { inheritDescriptors } from '../../native/inherited-fds.ts';
import { readEnvironment } from '../../request/environment.ts';
import { badValue, readListFile } from '../../request/values.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine, terminalSize } from '../context.ts';
import { latestOption, oneOrLatest } from '../options/latest.ts';
import {
  detachKeysOption,
  preserveFdOption,
  preserveFdsOption,
  readDetachKeys,
  readPreserved,
} from '../options/shared.ts';

/** The container and the command, as the arguments and --latest or --cidfile name them. */
function readTarget(invocation: Invocation): { container: string; words: string[] } {
  const file = invocation.text('cidfile');
  if (file !== null && invocation.flag('latest')) {
    throw new BryoError('usage', '--cidfile and --latest exclude each other');
  }
  const { name, words } =
    file === null
      ? oneOrLatest(invocation)
      : { name: readIdFile(file), words: [...invocation.args] };
  if (words.length === 0)
    throw new BryoError(
      'no-command',
      'must provide a non-empty command to start an exec session: exec needs a command to run',
    );
  return { container: name, words: [...words] };
}

function readIdFile(path: string): string {
  const [id] = readListFile('--cidfile', path);
  if (id === undefined) throw badValue('--cidfile', path, 'the file holds no id');
  return id;
}

/** podman's exit statuses for what cannot be started, where they are not those of `run`. */
const statuses: Readonly<Record<string, number>> = {
  'bad-workdir': 255,
  'no-such-user': 255,
  'no-such-workdir': exitCodes.notFound,
  'not-running': 255,
  paused: 255,
};

function withStatus(error: unknown, invocation: Invocation): unknown {
  if (invocation.context.dialect === 'docker' || !(error instanceof BryoError)) return error;
  return withExitCode(
    error,
    invocation.flag('detach') ? exitCodes.engine : (statuses[error.code] ?? error.exitCode),
  );
}

async function exec(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const { container, words } = readTarget(invocation);
  const workdir = invocation.text('workdir');
  if (workdir !== null && !workdir.startsWith('/')) {
    throw badValue('--workdir', workdir, 'an absolute path is needed');
  }
  const detachKeys = readDetachKeys(invocation);
  const tty = invocation.flag('tty');
  const interactive = invocation.flag('interactive');
  const detach = invocation.flag('detach');
  const files = invocation.texts('env-file').flatMap((path) => readListFile('--env-file', path));
  const { id, client } = await startExec(context.engine, {
    container,
    command: words,
    interactive,
    tty,
    detach,
    env: { ...readEnvironment(files), ...readEnvironment(invocation.texts('env')) },
    workdir,
    user: invocation.text('user'),
    privileged: invocation.flag('privileged'),
    size: terminalSize(context),
    inherited: inheritDescriptors(readPreserved(invocation)),
  });
  if (detach) {
    // docker says nothing.
    if (context.dialect === 'podman') printLine(context, id);
    return 0;
  }
  if (client === null) throw new BryoError('exec-failed', 'the session has no connection');
  return becomeAttachClient(
    { kind: 'fd', fd: client },
    { tty, stdin: interactive, detachKeys, sigProxy: true },
  );
}

export const command = defineCommand({
  name: 'exec',
  noun: 'container',
  summary: 'Run a command in a running container',
  synopsis: 'CONTAINER COMMAND [ARG...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'container' },
  passthrough: true,
  options: [
    { name: 'detach', short: 'd', help: 'run in the background' },
    detachKeysOption,
    {
      name: 'env',
      short: 'e',
      value: 'NAME[=VALUE]',
      repeat: true,
      help: 'set an environment variable',
    },
    {
      name: 'env-file',
      value: 'FILE',
      repeat: true,
      help: 'read environment variables from a file',
    },
    {
      name: 'cidfile',
      value: 'FILE',
      help: 'read the id of the container from a file, instead of an argument',
    },
    { name: 'interactive', short: 'i', help: 'keep standard input open' },
    latestOption,
    preserveFdOption,
    preserveFdsOption,
    {
      name: 'privileged',
      help: 'give the command all capabilities that a container can have',
    },
    { name: 'tty', short: 't', help: 'give the command a terminal' },
    { name: 'user', short: 'u', value: 'USER[:GROUP]', help: 'user to run as' },
    { name: 'workdir', short: 'w', value: 'DIRECTORY', help: 'working directory in the container' },
  ],
  description: [
    'Runs a further command inside a container, with the same namespaces, capabilities and system call filter. The exit status is that of the command, 126 and 127 as for bryo-run(1), and 255 when the container does not run or has no such user. With --detach the id of the session is printed; bryo-inspect(1) lists those that run as ExecIDs.',
  ],
  examples: [{ command: 'bryo exec -it web sh', says: 'look around in a container' }],
  async run(invocation) {
    try {
      return await exec(invocation);
    } catch (error) {
      throw withStatus(error, invocation);
    }
  },
});
