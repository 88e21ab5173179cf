import { applyEngineEnvironment, loadConfig } from '../config/load.ts';
import { loadStorageConf } from '../config/storage-conf.ts';
import type { GivenOption } from './argv.ts';
import { type ConfigurationFiles, homeDirectory } from './global-options.ts';

/**
 * Reads the files that the machine, the caller and --module have; the variables of engine.env are set
 * then. Throws BryoError `bad-containers-conf` or `bad-storage-conf`.
 */
export async function readConfiguration(
  options: readonly GivenOption[],
): Promise<ConfigurationFiles> {
  const places = { env: process.env, home: homeDirectory(), uid: process.geteuid?.() ?? 0 };
  const modules = options.filter(({ option }) => option.name === 'module');
  const config = await loadConfig(
    places,
    modules.map(({ value }) => value),
  );
  applyEngineEnvironment(config, process.env);
  return { config, storageConf: await loadStorageConf(places) };
}
