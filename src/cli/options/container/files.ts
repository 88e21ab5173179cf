import type { ContainerOptions } from '../../../request/container.ts';
import type { FileOptions } from '../../../request/files.ts';
import { readDirectory, readHostsFile, readLine, readZone } from '../../../request/files.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about the files that bryo itself puts into a container. */
export const fileOptions: readonly OptionSpec[] = [
  {
    name: 'tz',
    value: 'ZONE',
    help: "time zone, such as Europe/Zurich or local: /etc/localtime is the host's file of it",
  },
  { name: 'no-hostname', help: "leave the image's /etc/hostname alone" },
  {
    name: 'hosts-file',
    value: 'FILE',
    help: "file whose lines /etc/hosts begins with, instead of the host's; none: no file",
  },
  {
    name: 'read-only-tmpfs',
    on: true,
    help: 'with --read-only: make /run, /tmp and /var/tmp tmpfs',
  },
  {
    name: 'chrootdirs',
    value: 'DIRECTORY',
    repeat: true,
    help: 'a directory of the container that has hosts, resolv.conf and the like in its etc, too',
  },
  {
    name: 'passwd',
    on: true,
    help: 'add an entry for the user to /etc/passwd and /etc/group where the image has none',
  },
  {
    name: 'passwd-entry',
    value: 'LINE',
    help: 'that line of passwd, in which $USERNAME, $UID, $GID, $NAME and $HOME are filled in',
  },
  {
    name: 'group-entry',
    value: 'LINE',
    help: 'that line of group, in which $GROUPNAME, $GID and $USERLIST are filled in',
  },
  {
    name: 'hostuser',
    value: 'USER',
    repeat: true,
    help: 'add a user of the host to /etc/passwd, by name or id',
  },
];

/** The request for the container's own files. */
export function readFiles(invocation: Invocation): Pick<ContainerOptions, 'files'> {
  const { text, texts, flag } = invocation;
  const files: FileOptions = {
    timezone: readZone(text('tz')),
    noHostname: flag('no-hostname'),
    hostsFile: readHostsFile(text('hosts-file')),
    readOnlyTmpfs: flag('read-only-tmpfs'),
    chrootDirs: texts('chrootdirs').map(readDirectory),
    passwd: {
      enabled: flag('passwd'),
      entry: readLine('--passwd-entry', text('passwd-entry'), 7),
      groupEntry: readLine('--group-entry', text('group-entry'), 4),
      hostUsers: [...texts('hostuser')],
    },
  };
  return { files };
}
