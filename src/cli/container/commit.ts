import { writeFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { commitContainer } from '../../engine/commit.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';

export const command = defineCommand({
  name: 'commit',
  noun: 'container',
  summary: "Make an image of a container's changes",
  synopsis: 'CONTAINER [NAME]',
  arguments: { min: 1, max: 2, kind: 'container' },
  options: [
    { name: 'author', short: 'a', value: 'TEXT', help: 'who made the image' },
    {
      name: 'change',
      short: 'c',
      value: 'INSTRUCTION',
      repeat: true,
      help: 'CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or WORKDIR',
    },
    { name: 'iidfile', value: 'FILE', help: "write the image's id to this file" },
    { name: 'message', short: 'm', value: 'TEXT', help: "comment for the image's history" },
    { name: 'pause', short: 'p', help: 'not supported: containers have no control group' },
    { name: 'quiet', short: 'q', help: 'print nothing but the id; always so' },
  ],
  description: [
    "Makes an image of the container's image and one further layer with all that the container changed, running or not. Volumes and other mounts are not part of it. The command, environment, user and labels are those of the container.",
  ],
  examples: [
    {
      command: `bryo commit -c 'CMD ["/srv/start"]' build quay.io/me/app:1`,
      says: 'with another command',
    },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const [container = '', name = null] = args;
    if (invocation.flag('pause')) {
      throw new BryoError(
        'unsupported',
        '--pause is not supported: containers have no control group',
      );
    }
    const id = await commitContainer(context.engine, {
      container,
      name,
      author: invocation.text('author') ?? '',
      message: invocation.text('message') ?? '',
      changes: invocation.texts('change'),
    });
    const path = invocation.text('iidfile');
    if (path !== null) writeFileSync(path, `sha256:${id}`, { mode: 0o644 });
    printLine(context, id);
    return 0;
  },
});
