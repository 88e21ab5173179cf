import { statSync } from 'node:fs';
import { platform } from 'node:os';
import { apiVersion, goArch, version } from '../../base/version.ts';
import { dockerVersions, dockerVersionText } from '../../view/docker/info.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
import { versionUnder } from '../program-version.ts';

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
    const shown = versionUnder(context.program);
    // Of the program itself: nothing else says when it was built.
    const built = statSync('/proc/self/exe').mtime;
    const part = {
      APIVersion: apiVersion,
      Version: shown,
      ...(shown !== version && { BryoVersion: version }),
      GoVersion: 'none',
      GitCommit: '',
      BuiltTime: built.toUTCString(),
      Built: Math.floor(built.getTime() / 1000),
      OsArch: `${platform()}/${goArch()}`,
      Os: platform(),
    };
    if (format !== null) {
      context.stdout.write(formatOne(format, { Client: part, Server: part }, context.dialect));
      return 0;
    }
    const rows: [string, string][] = [
      ['Version', shown],
      ...(shown === version ? [] : [['Bryo Version', version] as [string, string]]),
      ['API Version', apiVersion],
      ['Go Version', part.GoVersion],
      ['Built', part.BuiltTime],
      ['OS/Arch', part.OsArch],
    ];
    const width = Math.max(...rows.map(([title]) => title.length)) + 3;
    for (const [title, text] of rows) {
      context.stdout.write(`${`${title}:`.padEnd(width)}${text}\n`);
    }
    return 0;
  },
});
