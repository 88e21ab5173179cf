/** Kinds of unit files, by the ending of their names. */
export const unitKinds = [
  'container',
  'volume',
  'network',
  'image',
  'pod',
  'build',
  'kube',
] as const;
export type UnitKind = (typeof unitKinds)[number];

/** The section of each kind that bryo reads. */
export const ownSections: Record<UnitKind, string> = {
  container: 'Container',
  volume: 'Volume',
  network: 'Network',
  image: 'Image',
  pod: 'Pod',
  build: 'Build',
  kube: 'Kube',
};

/** The command that each kind runs, as it is spelled after `bryo`. */
export const unitCommands: Record<UnitKind, string> = {
  container: 'run',
  volume: 'volume create',
  network: 'network create',
  image: 'image pull',
  pod: 'pod create',
  build: 'build',
  kube: 'kube play',
};

/** Added to the unit's name where a container could have the same one. */
const serviceSuffixes: Record<UnitKind, string> = {
  container: '',
  volume: '-volume',
  network: '-network',
  image: '-image',
  pod: '-pod',
  build: '-build',
  kube: '',
};

/** `web@.container` taken apart. */
export interface UnitName {
  kind: UnitKind;
  /** Before the ending: `web@`, `web@blue`. */
  stem: string;
  /** Before the @, or all of it. */
  prefix: string;
  /** After the @; null: not a template. Empty: the template itself. */
  instance: string | null;
}

/** Whether systemd takes a name for a unit's, whatever its ending (systemd.unit(5)). */
export function isUnitName(name: string): boolean {
  return /^[\w:.@\\-]{1,255}$/.test(name);
}

/** Null: not the name of a unit file. One that systemd would not take is: it is to be told of. */
export function parseUnitName(fileName: string): UnitName | null {
  const [, stem, ending] = /^([^/]+)\.([a-z]+)$/s.exec(fileName) ?? [];
  const kind = unitKinds.find((name) => name === ending);
  if (stem === undefined || kind === undefined) return null;
  const at = stem.indexOf('@');
  if (at === 0) return null;
  return {
    kind,
    stem,
    prefix: at < 0 ? stem : stem.slice(0, at),
    instance: at < 0 ? null : stem.slice(at + 1),
  };
}

/** `web.service`, `data-volume.service`, `web@.service`. `named` is ServiceName=. */
export function serviceName(name: UnitName, named: string | null): string {
  if (named !== null) return `${named}.service`;
  const tail = name.instance === null ? '' : `@${name.instance}`;
  return `${name.prefix}${serviceSuffixes[name.kind]}${tail}.service`;
}

/** The name that podman's units give a thing without one of its own; templates: one per instance. */
export function defaultObjectName(name: UnitName): string {
  return name.instance === null ? `systemd-${name.prefix}` : `systemd-${name.prefix}_%i`;
}
