import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { networkFilter } from '../../engine/networks/filters.ts';
import { readNetworks, usedNetworks } from '../../engine/networks/look-up.ts';
import type { Network } from '../../network/config/network.ts';
import { dockerNetworkRow } from '../../view/docker/network.ts';
import { predefinedNames, withPredefined } from '../../view/docker/predefined-networks.ts';
import { networkColumns, networkRow, networkView } from '../../view/podman/network.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { formatList } from '../format/list.ts';
import type { Column } from '../format/table.ts';
import { formatOption, headingOption } from '../options/shared.ts';

type Row = Record<string, unknown>;

function column(title: string, field: string): Column<Row> {
  return { title, cell: (row) => String(row[field]) };
}

const columns = {
  podman: [column('NETWORK ID', 'ID'), column('NAME', 'Name'), column('DRIVER', 'Driver')],
  docker: [
    column('NETWORK ID', 'ID'),
    column('NAME', 'Name'),
    column('DRIVER', 'Driver'),
    column('SCOPE', 'Scope'),
  ],
};

function rowsOf(
  { context, flag, text }: Invocation,
  networks: readonly Network[],
  defaultName: string,
): Row[] {
  const whole = flag('no-trunc');
  if (context.dialect === 'docker') {
    return networks.map((network) => dockerNetworkRow(network, { whole, defaultName }));
  }
  const format = text('format');
  if (format === null || flag('quiet')) {
    return networks.map((network) => networkColumns(network, whole));
  }
  const asJson = isJsonFormat(format);
  return networks.map((network) => (asJson ? networkView(network) : networkRow(network, whole)));
}

export const command = defineCommand({
  name: 'network-ls',
  noun: 'network',
  summary: 'List networks',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: name, id, driver, label, label!, until, dangling, scope or type',
    },
    formatOption,
    headingOption,
    { name: 'no-trunc', help: 'whole ids' },
    { name: 'quiet', short: 'q', help: 'print names only' },
  ],
  description: [
    'Lists the networks that containers can join, by name. One of them is there without being made: podman, or bridge in docker’s spelling, on which there are no names. In that spelling host and none are listed, too: the modes of `--network` that are called so.',
  ],
  examples: [
    { command: 'bryo network ls -q --filter dangling=true', says: 'what prune would take' },
  ],
  async run(invocation) {
    const { context, flag, text, texts } = invocation;
    const { dialect, engine } = context;
    const defaultName = defaultNetworkName(engine);
    const used = () => usedNetworks(engine.store);
    const own = readNetworks(engine);
    const networks = dialect === 'docker' ? withPredefined(own, defaultName) : own;
    const names = dialect === 'docker' ? predefinedNames : [defaultName];
    const fits = await networkFilter(texts('filter'), { used, predefined: new Set(names) });
    const rows = rowsOf(invocation, networks.filter(fits), defaultName);
    if (flag('quiet')) {
      const field = dialect === 'docker' ? 'ID' : 'Name';
      context.stdout.write(rows.map((row) => `${String(row[field])}\n`).join(''));
      return 0;
    }
    const headings = { ID: 'NETWORK ID', DNSEnabled: 'DNS ENABLED', IPv6Enabled: 'IPV6 ENABLED' };
    const style = { dialect, headings, heading: !flag('noheading') };
    context.stdout.write(await formatList(text('format'), columns[dialect], rows, style));
    return 0;
  },
});
