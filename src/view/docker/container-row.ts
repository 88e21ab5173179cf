import { jsonText } from '../../base/text.ts';
import type { ContainerView } from '../../engine/containers/describe.ts';
import { type NetworkRequest, networkNames } from '../../request/network.ts';
import { printValue } from '../../template/values.ts';
import type { PsRow } from '../podman/container-row.ts';
import { dockerDefaultNetwork, dockerNetworkName, familiarName, labelText } from './names.ts';

const shownCommand = 20;

/** docker quotes the command, and cuts it to 20 characters. */
function commandText(args: readonly string[], whole: boolean): string {
  const text = args.join(' ');
  const cut = text.length > shownCommand && !whole;
  return jsonText(cut ? `${text.slice(0, shownCommand - 1)}…` : text);
}

/** The names of a container's networks; docker has no other network than a bridge where bryo has a helper. */
function dockerNetworks(network: NetworkRequest, defaultNetwork: string): string {
  if (network.mode === 'none' || network.mode === 'host') return network.mode;
  if (network.mode !== 'bridge') return dockerDefaultNetwork;
  return networkNames(network)
    .map((name) => dockerNetworkName(name, defaultNetwork))
    .join(',');
}

/** A row of `docker ps`, whose fields are all text. `Label` is a method of its templates. */
export function dockerPsRow(
  { record }: ContainerView,
  row: PsRow,
  { whole, defaultNetwork }: { whole: boolean; defaultNetwork: string },
): PsRow {
  const labels = record.labels;
  const result = {
    Command: commandText(record.args, whole),
    CreatedAt: printValue(row['CreatedAt']).replace(/\.\d+/, ''),
    ID: row.ID,
    Image: familiarName(record.options.image ?? row.Image),
    Labels: labelText(labels),
    LocalVolumes: String(record.volumes.length),
    Mounts: record.volumes.map(({ name }) => name).join(','),
    Names: row.Names,
    Networks: dockerNetworks(record.options.network, defaultNetwork),
    Ports: row.Ports,
    RunningFor: row.CreatedHuman,
    Size: row.Size === '' ? '0B' : row.Size,
    State: String(row['State']),
    Status: row.Status.replace(/^(Up .*) ago/, '$1'),
  };
  Object.defineProperty(result, 'Label', { value: (key: unknown) => labels[String(key)] ?? '' });
  Object.defineProperty(result, 'CreatedHuman', { value: row.CreatedHuman });
  Object.defineProperty(result, 'Id', { value: row.Id });
  return result as unknown as PsRow;
}
