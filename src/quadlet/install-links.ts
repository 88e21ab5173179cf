import type { Conversion } from './conversion.ts';
import type { Assignment } from './unit-file.ts';

/** A symbolic link to make beside the service: `default.target.wants/web.service`. */
export interface InstallLink {
  path: string;
  /** Relative to the link. */
  target: string;
}

const folders = { WantedBy: 'wants', RequiredBy: 'requires', UpheldBy: 'upholds' } as const;

function isUnitName(word: string): boolean {
  return /^[\w:.@\\-]+\.(service|target|socket|timer|path|slice|scope|mount)$/.test(word);
}

/**
 * The links that `systemctl enable` would make for the [Install] section: a generated unit cannot be enabled, so
 * it always is. A template counts only with a DefaultInstance.
 */
export function installLinks(conversion: Conversion, service: string): InstallLink[] {
  const { unit, name } = conversion.source;
  const links: InstallLink[] = [];
  const instance = unit.last('Install', 'DefaultInstance')?.value ?? null;
  if (name.instance === '' && instance === null) return [];
  const linked =
    name.instance === '' ? service.replace('@.service', `@${instance ?? ''}.service`) : service;
  const names = (entry: Assignment): string[] => {
    const words = conversion.split(entry);
    const bad = words.find((word) => !isUnitName(word));
    if (bad !== undefined) conversion.fail(entry, `${entry.key}=${bad} is no name of a unit`);
    return words.filter(isUnitName);
  };
  for (const alias of unit.all('Install', 'Alias').flatMap(names)) {
    links.push({ path: alias, target: service });
  }
  for (const key of ['WantedBy', 'RequiredBy', 'UpheldBy'] as const) {
    for (const target of unit.all('Install', key).flatMap(names)) {
      links.push({ path: `${target}.${folders[key]}/${linked}`, target: `../${service}` });
    }
  }
  return links;
}
