import { arch, platform } from 'node:os';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
import { version } from '../version.ts';

/** Docker's API level that clients' version checks look for. */
const apiVersion = '1.41';

export const command = defineCommand({
  name: 'version',
  noun: 'system',
  summary: 'Print the version',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [{ name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' }],
  description: ['Client and server are one program: there is no daemon.'],
  examples: [{ command: `bryo version --format '{{.Client.Version}}'`, says: 'the number alone' }],
  async run(invocation) {
    const { context } = invocation;
    const part = { Version: version, APIVersion: apiVersion, OsArch: `${platform()}/${arch()}` };
    const format = invocation.text('format');
    if (format !== null) {
      context.stdout.write(formatOne(format, { Client: part, Server: part }));
      return 0;
    }
    context.stdout.write(`Version:      ${version}\nOS/Arch:      ${part.OsArch}\n`);
    return 0;
  },
});
