import type { OciMount, OverlayMount } from '../../plan/spec.ts';

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
  /** Layers instead of the source. */
  overlay?: OverlayMount;
  /** Only what lies at this path in the source. */
  subpath?: string;
}

/** SELinux labels and recursive flags that need nothing done where there is no SELinux. */
const ignoredOnHosts = new Set(['z', 'Z', 'rw', 'ro', 'bind', 'rbind', 'copy', 'nocopy']);

/** What is done with a source, rather than said to the kernel. */
function isTreatment(option: string): boolean {
  return option === 'U' || option === 'O' || /^(upper|work)dir=/.test(option);
}

function bindOptions(mount: ResolvedMount): string[] {
  const given = mount.options.filter((o) => !ignoredOnHosts.has(o) && !isTreatment(o));
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

/**
 * The OCI mount of a user's request. Sources on the host lose setuid bits and device nodes. With the
 * option U all of it is given to `user`.
 */
export function userMount(mount: ResolvedMount, user: string): OciMount {
  const destination = mount.target;
  if (mount.kind === 'tmpfs') {
    return { destination, type: 'tmpfs', source: 'tmpfs', options: tmpfsOptions(mount) };
  }
  const { overlay, subpath } = mount;
  return {
    destination,
    type: 'bind',
    source: mount.source,
    options: bindOptions(mount),
    ...(overlay !== undefined && { overlay }),
    ...(subpath !== undefined && { subpath }),
    ...(mount.options.includes('U') && { owner: user }),
  };
}
