import { BryoError } from '../../../base/errors.ts';
import type { IdMapping } from '../../../base/id-map.ts';
import { readSubordinateRanges } from '../../../native/subordinate-ids.ts';
import { callerEntry } from '../../../native/user.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { readUserns } from '../../../request/userns.ts';
import { badValue } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about the user namespace. */
export const usernsOptions: readonly OptionSpec[] = [
  {
    name: 'userns',
    value: 'MODE',
    default: 'host',
    choices: ['host', 'keep-id', 'match', 'nomap', 'auto'],
    help: "host, keep-id[:uid=N,gid=N] (the caller keeps its id, or has this one), match (the image's user is the caller), nomap, auto[:size=N,uidmapping=C:ID:SIZE,gidmapping=C:ID:SIZE], container:NAME or ns:PATH",
  },
  {
    name: 'uidmap',
    value: 'CONTAINER:ID:SIZE',
    repeat: true,
    help: 'map user ids; ID counts from 0, which is the caller, or is @ID of the host',
  },
  {
    name: 'subuidname',
    value: 'NAME',
    help: "map the caller's range of /etc/subuid alone: its name there",
  },
  { name: 'subgidname', value: 'NAME', help: 'the same for /etc/subgid' },
  { name: 'gidmap', value: 'CONTAINER:ID:SIZE', repeat: true, help: 'map group ids' },
];

/** The subordinate ids alone, from 0 on: the caller's own id is not among them. */
function rangeOf(flag: string, path: string, name: string): IdMapping[] {
  const uid = process.geteuid?.() ?? 0;
  if (name !== callerEntry()?.name && name !== String(uid)) {
    throw badValue(flag, name, `only ranges of the caller's own can be used`);
  }
  const ranges = readSubordinateRanges(path, name, uid);
  const size = ranges.reduce((sum, { count }) => sum + count, 0);
  if (size === 0) throw badValue(flag, name, `${path} has no range of that name`);
  return [{ containerId: 0, hostId: 1, size }];
}

/** How ids of the container are mapped. */
export function readUsernsFlags({ text, texts }: Invocation): Pick<ContainerOptions, 'userns'> {
  const [uidName, gidName] = [text('subuidname'), text('subgidname')];
  if (uidName === null && gidName === null) {
    return { userns: readUserns(text('userns'), texts('uidmap'), texts('gidmap')) };
  }
  if (text('userns') !== null || texts('uidmap').length + texts('gidmap').length > 0) {
    throw new BryoError(
      'bad-flag-value',
      '--subuidname and --subgidname cannot be combined with --userns, --uidmap and --gidmap',
    );
  }
  const uids = rangeOf('--subuidname', '/etc/subuid', uidName ?? gidName ?? '');
  const gids = rangeOf('--subgidname', '/etc/subgid', gidName ?? uidName ?? '');
  return { userns: { mode: 'custom', uids, gids } };
}
