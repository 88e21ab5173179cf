import type { OciMount } from '../../plan/spec.ts';

/** A bind mount, volume or tmpfs with its source decided. */
export interface ResolvedMount {
  kind: 'bind' | 'volume' | 'tmpfs';
  /** Host path; empty for tmpfs. */
  source: string;
  target: string;
  readOnly: boolean;
  options: string[];
  /** Copy what the image has at the target into an empty volume. */
  copyUp: boolean;
}

/** SELinux labels and recursive flags that need nothing done where there is no SELinux. */
const ignoredOnHosts = new Set(['z', 'Z', 'rw', 'ro', 'bind', 'rbind', 'copy', 'nocopy']);

function bindOptions(mount: ResolvedMount): string[] {
  const given = mount.options.filter((option) => !ignoredOnHosts.has(option));
  const propagation = given.some((o) => /^r?(private|slave|shared|unbindable)$/.test(o));
  const recursive = mount.options.includes('bind') ? [] : ['rbind'];
  return [
    ...recursive,
    ...(given.includes('suid') ? [] : ['nosuid']),
    ...(given.includes('dev') ? [] : ['nodev']),
    ...(propagation ? [] : ['rprivate']),
    ...given.filter((option) => option !== 'suid' && option !== 'dev'),
    ...(mount.copyUp ? ['copyup'] : []),
    ...(mount.readOnly ? ['ro'] : []),
  ];
}

function tmpfsOptions(mount: ResolvedMount): string[] {
  const copyUp = mount.options.includes('notmpcopyup') ? [] : ['tmpcopyup'];
  const given = mount.options.filter((o) => o !== 'notmpcopyup' && o !== 'rw');
  const defaults = ['nosuid', 'nodev'].filter((flag) => !given.includes(flag.slice(2)));
  return [...defaults, ...given, ...copyUp];
}

/** The OCI mount of a user's request. Sources on the host lose setuid bits and device nodes. */
export function userMount(mount: ResolvedMount): OciMount {
  const destination = mount.target;
  if (mount.kind === 'tmpfs') {
    return { destination, type: 'tmpfs', source: 'tmpfs', options: tmpfsOptions(mount) };
  }
  return { destination, type: 'bind', source: mount.source, options: bindOptions(mount) };
}
