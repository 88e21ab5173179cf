import { platform } from 'node:os';
import { apiVersion, goArch, version } from '../../base/version.ts';
import { dockerVersions, dockerVersionText } from '../../view/docker/info.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';

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
    const format = invocation.text('format');
    if (context.dialect === 'docker') {
      context.stdout.write(
        format === null
          ? dockerVersionText()
          : formatOne(format, dockerVersions(), context.dialect),
      );
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
    if (format !== null) {
      context.stdout.write(formatOne(format, { Client: part, Server: part }, context.dialect));
      return 0;
    }
    context.stdout.write(`Version:      ${version}\nOS/Arch:      ${part.OsArch}\n`);
    return 0;
  },
});
