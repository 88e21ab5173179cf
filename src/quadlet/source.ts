import type { UnitName } from './kinds.ts';
import { defaultObjectName, ownSections, parseUnitName, serviceName } from './kinds.ts';
import type { UnitFile } from './unit-file.ts';

/** A unit file that has been read, with its drop-ins. */
export interface SourceUnit {
  /** `web.container`. */
  fileName: string;
  /** Absolute. */
  path: string;
  /** The directory that relative paths in it start from. */
  directory: string;
  name: UnitName;
  unit: UnitFile;
}

/** The bryo that services call. */
export interface Product {
  /** Absolute path. */
  program: string;
  /** Long flags of a command such as `volume create`; null: there is no such command. */
  flags(command: string): ReadonlySet<string> | null;
}

/** The surroundings that the conversion of a unit may look at. */
export interface Surroundings {
  product: Product;
  /** Another unit by its file name; null: there is none. */
  find(fileName: string): SourceUnit | null;
  /** Whether a device is there. */
  exists(path: string): boolean;
  /** All units. */
  units: readonly SourceUnit[];
}

/** A unit that another one names, which may be an instance of a template: `net@blue.network`, `net@%i.network`. */
export function findReferred(around: Surroundings, fileName: string): SourceUnit | null {
  const found = around.find(fileName);
  const name = parseUnitName(fileName);
  if (found !== null || name === null || name.instance === null) return found;
  const template = around.find(`${name.prefix}@.${name.kind}`);
  return template === null ? null : { ...template, fileName, name };
}

/** The service that is made of a unit. */
export function serviceOf({ name, unit }: SourceUnit): string {
  return serviceName(name, unit.last(ownSections[name.kind], 'ServiceName')?.value ?? null);
}

const nameKeys = {
  container: 'ContainerName',
  volume: 'VolumeName',
  network: 'NetworkName',
  pod: 'PodName',
} as const;

/** A template's text in a service that is not of that template: its `%i` is the instance. */
function ofInstance({ instance }: UnitName, text: string): string {
  if (instance === null || instance === '') return text;
  return text.replace(/%./g, (specifier) => (specifier === '%i' ? instance : specifier));
}

/** The name of the container, volume, network or pod of a unit. */
export function objectNameOf(source: SourceUnit): string {
  const { kind } = source.name;
  if (kind === 'image' || kind === 'build' || kind === 'kube') return imageNameOf(source) ?? '';
  const given = source.unit.last(ownSections[kind], nameKeys[kind]);
  return ofInstance(source.name, given?.value ?? defaultObjectName(source.name));
}

/** The image that an .image or .build unit provides; null: it does not say. */
export function imageNameOf({ name, unit }: SourceUnit): string | null {
  const tag = unit.last(ownSections[name.kind], 'ImageTag')?.value ?? null;
  const image = name.kind === 'image' ? (tag ?? unit.last('Image', 'Image')?.value ?? null) : tag;
  return image === null ? null : ofInstance(name, image);
}
