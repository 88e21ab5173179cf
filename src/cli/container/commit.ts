import { writeFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { commitContainer } from '../../engine/containers/commit.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { changeDescription, changeOption } from '../options/changes.ts';

export const command = defineCommand({
  name: 'commit',
  noun: 'container',
  summary: "Make an image of a container's changes",
  synopsis: 'CONTAINER [NAME]',
  arguments: { min: 1, max: 2, kind: 'container' },
  refused: { config: 'a whole configuration is not taken over; --change changes parts of it' },
  options: [
    { name: 'author', short: 'a', value: 'TEXT', help: 'who made the image' },
    changeOption,
    { name: 'iidfile', value: 'FILE', help: "write the image's id to this file" },
    {
      name: 'message',
      short: 'm',
      value: 'TEXT',
      help: "comment for the image's history, of the docker format",
    },
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      default: 'oci',
      choices: ['oci', 'docker'],
      help: 'media types of the image: oci or docker',
    },
    {
      name: 'include-volumes',
      help: "the places of the container's volumes become volumes that the image declares",
    },
    {
      name: 'pause',
      short: 'p',
      help: 'let the processes of a running container stand still meanwhile',
    },
    { name: 'quiet', short: 'q', help: 'print nothing but the id' },
    {
      name: 'squash',
      short: 's',
      help: 'one layer with all that the container sees, instead of one more',
    },
  ],
  description: [
    "Makes an image of the container's image and one further layer with all that the container changed, running or not. What is in volumes and other mounts is not part of it. A file whose name begins with .wh. is left out with a warning, for in an image it would delete another file. The command, environment, user and labels are those of the container.",
    changeDescription,
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
    const format = invocation.text('format') ?? 'oci';
    if (format !== 'oci' && format !== 'docker') {
      throw new BryoError('usage', `--format ${JSON.stringify(format)}: oci or docker`);
    }
    // docker's commit makes images of its own format.
    if (invocation.given('message') && format === 'oci' && context.dialect === 'podman') {
      throw new BryoError(
        'usage',
        'messages are only compatible with the docker image format (-f docker)',
      );
    }
    const reporter = pullReporter(context, invocation.flag('quiet'));
    const id = await commitContainer(context.engine, {
      container,
      name,
      author: invocation.text('author') ?? '',
      message: invocation.text('message') ?? '',
      changes: invocation.texts('change'),
      pause: invocation.flag('pause'),
      squash: invocation.flag('squash'),
      includeVolumes: invocation.flag('include-volumes'),
      format,
      onProgress: reporter.report,
    });
    reporter.finish();
    const path = invocation.text('iidfile');
    if (path !== null) writeFileSync(path, `sha256:${id}`, { mode: 0o644 });
    printLine(context, id);
    return 0;
  },
});
