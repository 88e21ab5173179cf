import { BryoError } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { hostUser } from '../../../native/user.ts';
import type { Engine } from '../../engine.ts';
import { callerEntry, type PasswdEntry } from './userns.ts';

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(
    /\$(?:\{([A-Z]+)\}|([A-Z]+))/g,
    (word, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      return Object.hasOwn(values, name) ? (values[name] ?? '') : word;
    },
  );
}

/** The entry that podman makes for a user that is only a number, for programs that ask who they are. */
function numericEntry(record: ContainerRecord): PasswdEntry | null {
  const [, uid, gid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(record.user) ?? [];
  // A directory given as the root is the user's own: nothing is written there unasked.
  if (uid === undefined || Number(uid) === 0 || record.rootfs.kind === 'directory') return null;
  return {
    uid: Number(uid),
    gid: Number(gid ?? 0),
    line: `${uid}:*:${uid}:${gid ?? 0}:container user:/:/bin/sh`,
    groupLine: gid === undefined ? '' : `${gid}:x:${gid}:`,
  };
}

/** A line of one's own (--passwd-entry, --group-entry) in place of bryo's. */
function custom(record: ContainerRecord, entry: PasswdEntry): PasswdEntry {
  const { entry: line, groupEntry } = record.options.files.passwd;
  const [name = ''] = entry.line.split(':');
  const values = {
    USERNAME: name,
    NAME: name,
    GROUPNAME: name,
    UID: String(entry.uid),
    GID: String(entry.gid),
    HOME: record.workdir.includes(':') ? '/' : record.workdir,
    USERLIST: name,
  };
  return {
    ...entry,
    line: line === null ? entry.line : fill(line, values),
    groupLine: groupEntry === null ? entry.groupLine : fill(groupEntry, values),
  };
}

function hostUserEntry(user: string): PasswdEntry {
  const found = hostUser(user);
  if (found === null) throw new BryoError('no-such-user', `--hostuser ${user}: no such user`);
  const { name, uid, gid, home } = found;
  return { uid, gid, line: `${name}:*:${uid}:${gid}:${name}:${home}:/bin/sh`, groupLine: '' };
}

/** The lines that /etc/passwd and /etc/group get where the image has none for those ids. */
export function passwdEntries(engine: Engine, record: ContainerRecord): PasswdEntry[] {
  const { passwd } = record.options.files;
  const own = callerEntry(engine, record) ?? numericEntry(record);
  const entries = [
    ...(own === null || !passwd.enabled ? [] : [custom(record, own)]),
    ...passwd.hostUsers.map(hostUserEntry),
  ];
  const ended = (line: string): string => (line === '' ? '' : `${line}\n`);
  return entries.map((entry) => ({
    ...entry,
    line: ended(entry.line),
    groupLine: ended(entry.groupLine),
  }));
}
