import { resolve } from 'node:path';
import { badValue } from './values.ts';

/** The request for the files that bryo itself puts into a container. */
export interface FileOptions {
  /** `local` or a name of the zoneinfo database; null: the image's own (--tz). */
  timezone: string | null;
  /** Leave /etc/hostname to the image. */
  noHostname: boolean;
  /** File whose lines /etc/hosts begins with; null: the host's; `none`: no file. */
  hostsFile: string | null;
  /** With a read-only root: tmpfs on /run, /tmp and /var/tmp. */
  readOnlyTmpfs: boolean;
  /** Directories of the container in which the files appear once more (--chrootdirs). */
  chrootDirs: string[];
  passwd: PasswdOptions;
}

export interface PasswdOptions {
  /** Entries for the user may be added at all (--passwd). */
  enabled: boolean;
  /** Line for passwd with $USERNAME, $UID, $GID, $NAME and $HOME to be filled in; null: bryo's. */
  entry: string | null;
  /** Line for group with $GROUPNAME, $GID and $USERLIST; null: bryo's. */
  groupEntry: string | null;
  /** Users of the host to be added. */
  hostUsers: string[];
}

export function defaultFileOptions(): FileOptions {
  return {
    timezone: null,
    noHostname: false,
    hostsFile: null,
    readOnlyTmpfs: true,
    chrootDirs: [],
    passwd: { enabled: true, entry: null, groupEntry: null, hostUsers: [] },
  };
}

export function readZone(text: string | null): string | null {
  if (text === null || text === '') return null;
  if (!/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(text)) {
    throw badValue('--tz', text, 'a name such as Europe/Zurich, or local, is needed');
  }
  return text;
}

export function readHostsFile(text: string | null): string | null {
  if (text === 'image') throw badValue('--hosts-file', text, "--no-hosts keeps the image's file");
  return text === null || text === 'none' ? text : resolve(text);
}

export function readLine(flag: string, text: string | null, fields: number): string | null {
  if (text === null) return null;
  if (text.includes('\n') || text.includes('\0')) throw badValue(flag, text, 'a line is needed');
  if (text.split(':').length !== fields) {
    throw badValue(flag, text, `${fields} fields with colons between them are needed`);
  }
  return text;
}

export function readDirectory(text: string): string {
  if (!text.startsWith('/')) throw badValue('--chrootdirs', text, 'an absolute path is needed');
  return text;
}
