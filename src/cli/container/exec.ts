import { BryoError } from '../../base/errors.ts';
import { startExec } from '../../engine/exec.ts';
import { becomeAttachClient } from '../../engine/start/start.ts';
import { inheritDescriptors } from '../../native/inherited-fds.ts';
import { defineCommand } from '../command.ts';
import { badValue, readEnvironment, readListFile } from '../options/read-values.ts';
import { detachKeysOption, preserveFdsOption, readPreserveFds } from '../options/shared.ts';
import { terminalSize } from './terminal-size.ts';

export const command = defineCommand({
  name: 'exec',
  noun: 'container',
  summary: 'Run a command in a running container',
  synopsis: 'CONTAINER COMMAND [ARG...]',
  arguments: { min: 2, max: Number.POSITIVE_INFINITY, kind: 'container' },
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
    { name: 'interactive', short: 'i', help: 'keep standard input open' },
    preserveFdsOption,
    { name: 'tty', short: 't', help: 'give the command a terminal' },
    { name: 'user', short: 'u', value: 'USER[:GROUP]', help: 'user to run as' },
    { name: 'workdir', short: 'w', value: 'DIRECTORY', help: 'working directory in the container' },
  ],
  description: [
    'Runs a further command inside a container, with the same namespaces, capabilities and system call filter. The exit status is that of the command, 126 and 127 as for bryo-run(1).',
  ],
  examples: [{ command: 'bryo exec -it web sh', says: 'look around in a container' }],
  async run(invocation) {
    const { context, args } = invocation;
    const [container = '', ...words] = args;
    const workdir = invocation.text('workdir');
    if (workdir !== null && !workdir.startsWith('/')) {
      throw badValue('--workdir', workdir, 'an absolute path is needed');
    }
    const tty = invocation.flag('tty');
    const interactive = invocation.flag('interactive');
    const detach = invocation.flag('detach');
    const files = invocation.texts('env-file').flatMap((path) => readListFile('--env-file', path));
    const client = startExec(context.engine, {
      container,
      command: words,
      interactive,
      tty,
      detach,
      env: { ...readEnvironment(files), ...readEnvironment(invocation.texts('env')) },
      workdir,
      user: invocation.text('user'),
      size: terminalSize(context),
      inherited: inheritDescriptors(readPreserveFds(invocation)),
    });
    if (detach) return 0;
    if (client === null) throw new BryoError('exec-failed', 'the session has no connection');
    return becomeAttachClient(
      { kind: 'fd', fd: client },
      { tty, stdin: interactive, detachKeys: invocation.text('detach-keys'), sigProxy: true },
    );
  },
});
