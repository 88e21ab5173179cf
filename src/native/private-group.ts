import { readFileSync } from 'node:fs';

/** passwd(5) and group(5). */
export interface UserDatabase {
  passwd: string;
  group: string;
}

function fieldsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/**
 * Whether a group is one user's alone: it has that user's name, no other members, and is nobody else's
 * first group. Distributions make such a group for every user, whose umask then lets the group write.
 */
export function isPrivateGroup({ passwd, group }: UserDatabase, uid: number, gid: number): boolean {
  const owners = fieldsOf(passwd).filter(([, , , first]) => first === String(gid));
  const [owner, other] = owners;
  if (owner === undefined || other !== undefined || owner[2] !== String(uid)) return false;
  const groups = fieldsOf(group).filter(([, , id]) => id === String(gid));
  const [name, , , members = ''] = groups[0] ?? [];
  const isAlone = members.split(',').every((member) => member === '' || member === owner[0]);
  return groups.length === 1 && name === owner[0] && isAlone;
}

/** Whether a group of this machine is one user's alone; false where its files cannot be read. */
export function isOwnGroup(uid: number, gid: number): boolean {
  try {
    const passwd = readFileSync('/etc/passwd', 'utf8');
    return isPrivateGroup({ passwd, group: readFileSync('/etc/group', 'utf8') }, uid, gid);
  } catch {
    return false;
  }
}
