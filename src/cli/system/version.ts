import { platform } from 'node:os';
import { defineCommand } from '../command.ts';
import { printDockerVersion } from '../docker/info.ts';
import { formatOne } from '../format/format-flag.ts';
import { apiVersion, goArch, version } from '../version.ts';

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
    if (context.dialect === 'docker') {
      printDockerVersion(invocation);
      return 0;
    }
    const part = {
      APIVersion: apiVersion,
      Version: version,
      GoVersion: '',
      GitCommit: '',
      BuiltTime: '',
      Built: 0,
      OsArch: `${platform()}/${goArch()}`,
      Os: platform(),
    };
    const format = invocation.text('format');
    if (format !== null) {
      context.stdout.write(formatOne(format, { Client: part, Server: part }, context.dialect));
      return 0;
    }
    context.stdout.write(`Version:      ${version}\nOS/Arch:      ${part.OsArch}\n`);
    return 0;
  },
});
