import { BryoError } from '../base/errors.ts';
import type { RegistryPlace } from '../registry/access.ts';
import { findEntry, type RegistriesConf } from '../registry/registries-conf.ts';
import {
  formatReference,
  formatRepository,
  type ParsedReference,
  parseReference,
  type Reference,
} from './reference.ts';

/** A place to get an image from, or to put it to. */
export type ImageSource = RegistryPlace;

function locate(location: string, rest: string, insecure: boolean): ImageSource {
  const whole = `${location}${rest}`;
  const slash = whole.indexOf('/');
  return { domain: whole.slice(0, slash), path: whole.slice(slash + 1), insecure };
}

/**
 * Where a full name is looked for: mirrors in their order, then the registry itself
 * (containers-registries.conf(5), "Remapping and mirroring"). Throws BryoError `blocked`.
 */
export function imageSources(
  conf: RegistriesConf,
  reference: Reference,
  purpose: 'pull' | 'push',
): ImageSource[] {
  const repository = formatRepository(reference);
  const found = findEntry(conf, formatReference(reference)) ?? findEntry(conf, repository);
  if (found === null) return [{ domain: reference.domain, path: reference.path, insecure: false }];
  const { entry, length } = found;
  if (entry.blocked) {
    throw new BryoError(
      'blocked',
      `registry ${entry.prefix} is blocked in registries.conf: ${repository} is not used`,
    );
  }
  const rest = repository.slice(length);
  const own = locate(entry.location || repository.slice(0, length), rest, entry.insecure);
  if (purpose === 'push') return [own];
  const unfit = reference.digest === null ? 'digest-only' : 'tag-only';
  const mirrors = entry.mirrors
    .filter(({ from }) => from !== unfit)
    .map(({ location, insecure }) => locate(location, rest, insecure));
  return [...mirrors, own];
}

/**
 * Full names that a name without a registry may stand for: an alias, else one for each search
 * registry, else Docker Hub. Throws BryoError `ambiguous-name` where only one may be.
 */
export function expandShortName(conf: RegistriesConf, reference: ParsedReference): Reference[] {
  if (!reference.short) return [reference];
  const name = reference.path.replace(/^library\//, '');
  const { tag, digest } = reference;
  const alias = conf.shortNameMode === 'disabled' ? undefined : conf.aliases.get(name);
  if (alias !== undefined) return [{ ...parseReference(alias), tag, digest }];
  if (conf.search === null || conf.search.length === 0) return [reference];
  if (conf.shortNameMode === 'enforcing' && conf.search.length > 1) {
    throw new BryoError(
      'ambiguous-name',
      `the name ${JSON.stringify(name)} may stand for several images`,
      { hint: `say which: ${conf.search.map((domain) => `${domain}/${name}`).join(', ')}` },
    );
  }
  return conf.search.map((domain) => {
    const path = domain === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
    return { domain, path, tag, digest };
  });
}
