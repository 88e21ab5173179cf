import { rmSync } from 'node:fs';
import { listRecords } from '../../../container/records.ts';
import { damagedNetworks, listNetworks } from '../../../network/config/networks.ts';
import { networkNames } from '../../../request/network.ts';
import type { Engine } from '../../engine.ts';
import { networkDirectory } from '../../networks/directory.ts';
import { sweepNetworks } from '../../networks/leftovers.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** The files of the networks, and the networks that containers name. What killed containers have left of theirs goes. */
export async function checkNetworks(
  engine: Engine,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const directory = networkDirectory(engine);
  const damaged = damagedNetworks(directory);
  for (const { name, path, problem } of damaged) {
    const remove = () => {
      rmSync(path, { force: true });
      return 'its file removed';
    };
    const advice = 'mend or remove the file, or give --force';
    const finding = { kind: 'network', subject: name, problem, advice } as const;
    await note(findings, finding, options.repair && options.force ? remove : null);
  }
  const known = new Set([
    ...listNetworks(directory).networks.map(({ name }) => name),
    ...damaged.map(({ name }) => name),
  ]);
  for (const { name, options: request } of listRecords(engine.store).records) {
    for (const network of networkNames(request.network).filter((one) => !known.has(one))) {
      const problem = `is gone, and container ${name} cannot be started without it`;
      const advice = `make it again (network create ${network}), or remove the container`;
      await note(findings, { kind: 'network', subject: network, problem, advice }, null);
    }
  }
  sweepNetworks(engine);
}
