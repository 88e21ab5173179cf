import { existsSync } from 'node:fs';
import { type Config, configTexts, emptyConfig } from './config.ts';
import { type ConfigPlaces, configFiles } from './places.ts';

/**
 * Reads containers.conf(5). Where there is no file nothing but that is found out. Throws BryoError
 * `bad-containers-conf`, in one line that names file and line.
 */
export async function loadConfig(
  places: ConfigPlaces,
  modules: readonly string[],
): Promise<Config> {
  const paths = configFiles(places, modules).filter((path) => existsSync(path));
  if (paths.length === 0) return emptyConfig;
  // The parser takes longer to load than most commands take for their work.
  const { readTomlFile } = await import('./toml-file.ts');
  const { mergeFiles } = await import('./merge.ts');
  const files = paths.flatMap((path) => {
    const tables = readTomlFile(path, 'bad-containers-conf', 1);
    return tables === null ? [] : [[path, tables] as const];
  });
  return mergeFiles(files);
}

/** Gives a process the variables of engine.env that its caller has not set. */
export function applyEngineEnvironment(config: Config, env: NodeJS.ProcessEnv): void {
  for (const word of configTexts(config, 'engine.env') ?? []) {
    const [name = '', value] = word.split(/=(.*)/s);
    if (value !== undefined && env[name] === undefined) env[name] = value;
  }
}
