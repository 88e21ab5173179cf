import type { Conversion } from './conversion.ts';
import { isUnitName } from './kinds.ts';
import type { Assignment } from './unit-file.ts';

/** A symbolic link to make beside the service: `default.target.wants/web.service`. */
export interface InstallLink {
  path: string;
  /** Relative to the link. */
  target: string;
}

const endings = new Set(
  'service target socket timer path slice scope mount automount swap device'.split(' '),
);

/** The name of a unit with its kind, of which links can be made. */
function isLinkName(word: string): boolean {
  return isUnitName(word) && endings.has(word.slice(word.lastIndexOf('.') + 1));
}

/** The specifiers of a unit that are parts of its name (systemd.unit(5), "Specifiers"). */
function expandSpecifiers(word: string, service: string): string {
  const full = service.replace(/\.service$/, '');
  const [prefix = '', instance = ''] = full.split(/@(.*)/s);
  const values: Readonly<Record<string, string>> = {
    i: instance,
    j: prefix.slice(prefix.lastIndexOf('-') + 1),
    n: service,
    N: full,
    p: prefix,
    '%': '%',
  };
  return word.replace(/%(.)/gs, (all, letter: string) => values[letter] ?? all);
}

const folders = { WantedBy: 'wants', RequiredBy: 'requires', UpheldBy: 'upholds' } as const;

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
    const words = conversion.split(entry).map((word) => expandSpecifiers(word, linked));
    const bad = words.find((word) => !isLinkName(word));
    if (bad !== undefined) conversion.fail(entry, `${entry.key}=${bad} is no name of a unit`);
    return words.filter(isLinkName);
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
