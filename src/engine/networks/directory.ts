import { BryoError } from '../../base/errors.ts';
import { parseCidr } from '../../base/ip-network.ts';
import { configText } from '../../config/config.ts';
import type { NetworkDirectory } from '../../network/config/networks.ts';
import { type SubnetPool, usualSubnetPools } from '../../network/config/subnets.ts';
import type { Engine } from '../engine.ts';
import { defaultNetworkName } from './default-name.ts';

const poolsKey = 'network.default_subnet_pools';

function wrong(why: string): BryoError {
  return new BryoError('bad-containers-conf', `${poolsKey}: ${why}`);
}

function readPool(value: unknown): SubnetPool {
  const { base, size } = (typeof value === 'object' && value !== null ? value : {}) as {
    base?: unknown;
    size?: unknown;
  };
  const parsed = typeof base === 'string' ? parseCidr(base) : null;
  if (parsed === null || parsed.network.family !== 4) {
    throw wrong(`invalid subnet ${JSON.stringify(base)}: a network of IPv4 is needed`);
  }
  const { network } = parsed;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < network.prefix || size > 30) {
    throw wrong(`invalid size ${JSON.stringify(size)}: ${network.prefix} to 30 is needed`);
  }
  return { base: network, size };
}

function pools({ config }: Pick<Engine, 'config'>): readonly SubnetPool[] {
  const value = config.values.get(poolsKey);
  const list = typeof value === 'object' && !Array.isArray(value) ? value[poolsKey] : undefined;
  if (list === undefined) return usualSubnetPools;
  if (!Array.isArray(list)) throw wrong('a list of tables is needed');
  return list.map(readPool);
}

/** Where networks are, with what containers.conf(5) says of them. Throws BryoError `bad-containers-conf`. */
export function networkDirectory(
  engine: Pick<Engine, 'config' | 'networkConfigDir'>,
): NetworkDirectory {
  return {
    path: engine.networkConfigDir,
    defaultName: defaultNetworkName(engine),
    defaultSubnet: configText(engine.config, 'network.default_subnet') ?? '10.88.0.0/16',
    pools: pools(engine),
  };
}
