import { BryoError } from '../../base/errors.ts';
import { type CopyPlace, copy } from '../../engine/containers/copy.ts';
import { refuseTerminal } from '../archive-output.ts';
import { defineCommand } from '../command.ts';
import type { Dialect } from '../dialect.ts';

/** `CONTAINER:PATH`, `-`, or a path of the host's; one with a slash before its colon is the host's. */
function readPlace(text: string, dialect: Dialect): CopyPlace {
  if (text === '-') return { kind: 'stream' };
  const [, container, path] = /^([^/.:][^/:]*):(.*)$/s.exec(text) ?? [];
  if (container === undefined || path === undefined) return { kind: 'host', path: text };
  if (path === '') {
    throw new BryoError('usage', `invalid argument ${JSON.stringify(text)}: a path is needed`);
  }
  // docker takes paths from the root, podman from the working directory.
  return { kind: 'container', container, path: dialect === 'docker' ? `/${path}` : path };
}

export const command = defineCommand({
  name: 'cp',
  noun: 'container',
  summary: 'Copy files between a container and the host',
  synopsis: '[CONTAINER:]SOURCE [CONTAINER:]TARGET',
  arguments: { min: 2, max: 2, kind: 'none' },
  options: [
    {
      name: 'archive',
      short: 'a',
      on: true,
      help: "give files copied into a container to its user; --archive=false keeps their owners: the caller's are root's",
    },
    {
      name: 'overwrite',
      help: 'let files take the place of directories, and directories that of files',
    },
  ],
  description: [
    'Copies a file or directory into or out of a container, which may run, with its volumes; or between two. A directory goes into an existing directory, and its content does if SOURCE ends with /. (a slash and a dot). A target that does not exist is made; the directory above it must exist.',
    '- for SOURCE takes a tar archive from standard input, plain or compressed; - for TARGET writes one to standard output.',
    'Paths in a container are resolved inside it, from its working directory (under the name docker from its root), also while it changes them. Files that come out belong to the caller and are never set-user-id.',
  ],
  examples: [
    { command: 'bryo cp web:/etc/nginx ./conf', says: 'a directory, out' },
    { command: 'tar c src | bryo cp - build:/work', says: 'an archive, in' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [source = '', target = ''] = args;
    const from = readPlace(source, context.dialect);
    const to = readPlace(target, context.dialect);
    if (from.kind !== 'container' && to.kind !== 'container') {
      throw new BryoError('usage', 'cp needs a container on one side at least', {
        hint: 'CONTAINER:PATH',
      });
    }
    if (to.kind === 'stream') refuseTerminal(context);
    await copy(context.engine, {
      from,
      to,
      archive: invocation.flag('archive'),
      overwrite: invocation.flag('overwrite'),
    });
    return 0;
  },
});
