import type { IdMapping } from '../../../base/id-map.ts';
import type { NamespacesRequest } from '../../../request/container.ts';
import { type NamespaceRequest, readNamespace } from '../../../request/namespaces.ts';
import { readUserns, type UsernsRequest } from '../../../request/userns.ts';
import type { Field } from '../../body/field.ts';

/** The mode of a namespace (Namespace) in the words of the flags; null: the usual one. */
export function namespaceWords(field: Field): string | null {
  const mode = field.get('nsmode').word();
  const value = field.get('value').text() ?? '';
  switch (mode) {
    case null:
    case 'default':
    // A member of a pod shares what its pod shares.
    case 'pod':
      return null;
    case 'container':
      return `container:${value}`;
    case 'path':
      return `ns:${value}`;
    default:
      return mode;
  }
}

function readOne(field: Field, own: readonly string[]): NamespaceRequest {
  return field.named(() => readNamespace('mode', namespaceWords(field), own));
}

/** Reads one of the lists of IDMappingOptions. */
function readMappings(list: Field): IdMapping[] {
  return list.items().map((item) => ({
    containerId: item.get('container_id').number(0) ?? 0,
    hostId: item.get('host_id').number(0) ?? 0,
    size: item.get('size').number(1) ?? 1,
  }));
}

/** The user namespace (userns, with idmappings where the caller has said them). */
export function readUsers(spec: Field): UsernsRequest {
  const field = spec.get('userns');
  const maps = spec.get('idmappings');
  const mode = field.get('nsmode').word();
  const value = field.get('value').word();
  const [uids, gids] = [readMappings(maps.get('UIDMap')), readMappings(maps.get('GIDMap'))];
  if (
    (mode === null || mode === 'private' || mode === 'default') &&
    uids.length + gids.length > 0
  ) {
    const copy = (list: IdMapping[]): IdMapping[] => list.map((one) => ({ ...one }));
    return {
      mode: 'custom',
      uids: uids.length > 0 ? uids : copy(gids),
      gids: gids.length > 0 ? gids : copy(uids),
    };
  }
  const words: Record<string, string> = {
    'no-map': 'nomap',
    path: 'ns',
    private: 'host',
    pod: 'host',
  };
  const text = mode === null || mode === 'default' ? 'host' : (words[mode] ?? mode);
  return field.named(() => readUserns(value === null ? text : `${text}:${value}`, [], []));
}

/** The namespaces of a container but for that of the network. */
export function readNamespaces(spec: Field): NamespacesRequest {
  return {
    userns: readUsers(spec),
    pid: readOne(spec.get('pidns'), ['private']),
    ipc: readOne(spec.get('ipcns'), ['shareable', 'private', 'none']),
    uts: readOne(spec.get('utsns'), ['private']),
    cgroupns: readOne(spec.get('cgroupns'), ['private']),
  };
}
