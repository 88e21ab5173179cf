import { GoDuration } from './go-duration.ts';
import { GoTime } from './go-time.ts';
import { TemplateError } from './syntax.ts';

/** Objects that are maps in podman's types: a key that is absent is no error, and they print so. */
const mapFields = new Set([
  'Annotations',
  'Attributes',
  'CgroupConf',
  'Containers',
  'Data',
  'DriverOpts',
  'ExposedPorts',
  'IPAMOptions',
  'Interfaces',
  'Labels',
  'Map',
  'Networks',
  'Options',
  'PortBindings',
  'Ports',
  'Sysctls',
  'Tmpfs',
  'Volumes',
  'GraphOptions',
  'GraphStatus',
  'Registries',
  'containers',
  'graphOptions',
  'graphStatus',
  'interfaces',
  'registries',
]);

/** Times in podman's types, which print otherwise than in JSON. */
const timeFields = /^(Created|CreatedAt|StartedAt|FinishedAt|CheckpointedAt|RestoredAt)$/;

/** Lists in podman's types that are null in JSON when they are empty. */
const listFields = new Set([
  'BlkioDeviceReadBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceWriteIOps',
  'BlkioWeightDevice',
  'BoundingCaps',
  'Cmd',
  'EffectiveCaps',
  'Env',
  'Links',
  'Log',
  'RepoDigests',
  'RepoTags',
  'VolumesFrom',
]);

/** Durations of a health check, which JSON has as nanoseconds. */
const durationFields = /^(Interval|StartInterval|StartPeriod|Timeout)$/;
const checkFields = /^Health[Cc]heck$|^StartupHealthCheck$/;

/** Go's nil map or nil slice: it prints and counts as an empty one, and is null in JSON. */
function nilOf<T extends object>(empty: T): T {
  return Object.defineProperty(empty, 'toJSON', { value: () => null });
}

const structs = new WeakSet<object>();

export function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof GoTime) &&
    !(value instanceof GoDuration)
  );
}

/** The form of the text of data that a template fills in; its own words are the user's. */
export type ShowText = (text: string) => string;

const asItIs: ShowText = (text) => text;

/** The value that was made of a list or map, for whom. */
interface Made {
  shown: ShowText;
  field: string;
  result: unknown;
}

/** The values that were made of lists and maps: the rows of an image with thousands of names share theirs. */
const made = new WeakMap<object, Made>();

/**
 * JSON data as Go would hold it: objects are structs or maps, RFC 3339 text of known fields is a
 * time. `field` is the name by which it was reached. The data does not change afterwards.
 */
export function goValue(value: unknown, shown: ShowText = asItIs, field = ''): unknown {
  if (value === null || value === undefined) {
    if (mapFields.has(field) || field === 'Config') return nilOf({});
    return listFields.has(field) ? nilOf([]) : value;
  }
  if (typeof value !== 'object' || !(Array.isArray(value) || mapFields.has(field))) {
    return goScalarOrStruct(value, shown, field);
  }
  // The value of a list does not depend on its name.
  const as = Array.isArray(value) ? '' : field;
  const known = made.get(value);
  if (known?.field === as && known.shown === shown) return known.result;
  const result = Array.isArray(value)
    ? value.map((item) => goValue(item, shown))
    : goScalarOrStruct(value, shown, field);
  made.set(value, { shown, field: as, result });
  return result;
}

function goScalarOrStruct(value: unknown, shown: ShowText, field: string): unknown {
  if (typeof value === 'string' && timeFields.test(field)) return GoTime.parse(value) ?? value;
  if (typeof value === 'string') return shown(value);
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  const isMap = mapFields.has(field);
  if (!isMap) structs.add(result);
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value));
  if (isMap) properties.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, own] of properties) {
    // A field that JSON does not show (an alias) is not printed either.
    // A struct's pointer to nothing, which JSON leaves out.
    const isNil = !isMap && own.value === undefined && own.get === undefined;
    if (isNil) {
      Object.defineProperty(result, name, { value: null, enumerable: false });
      continue;
    }
    Object.defineProperty(result, name, {
      value:
        checkFields.test(field) && durationFields.test(name) && typeof own.value === 'number'
          ? new GoDuration(own.value)
          : goValue(own.value, shown, name),
      enumerable: own.enumerable ?? true,
    });
  }
  return result;
}

/** Go's truth: zero values and empty collections are false; a struct is true. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return structs.has(value) || Object.keys(value).length > 0;
  if (value instanceof GoDuration) return value.nanoseconds !== 0;
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== '';
}

/** A value as fmt.Sprint prints it: `[a b]`, `map[k:v]`, `{v w}`, `<nil>`. */
export function printValue(value: unknown): string {
  if (value === undefined) return '<no value>';
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(printValue).join(' ')}]`;
  if (!isObject(value)) return String(value);
  if (structs.has(value)) {
    return `{${Object.values(value)
      .map((item) => printValue(item ?? null))
      .join(' ')}}`;
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${printValue(item)}`).join(' ')}]`;
}

function selectOne(value: unknown, name: string): unknown {
  if (value === null || value === undefined) {
    throw new TemplateError(`nil pointer evaluating .${name}`);
  }
  if (value instanceof GoTime || value instanceof GoDuration) return value.method(name);
  if (!isObject(value) || (structs.has(value) && !Object.hasOwn(value, name))) {
    throw new TemplateError(`can't evaluate field ${name}`);
  }
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/**
 * Follows `.A.B`. A missing field of a struct is an error, as in Go; a missing key of a map is no
 * value. A method is called with the arguments when it comes last.
 */
export function selectField(
  value: unknown,
  path: readonly string[],
  args: readonly unknown[] = [],
): unknown {
  let current = value;
  for (const [at, name] of path.entries()) {
    const last = at === path.length - 1;
    const found = selectOne(current, name);
    if (typeof found === 'function') current = found(...(last ? args : []));
    else if (last && args.length > 0) throw new TemplateError(`${name} is no method`);
    else current = found;
  }
  return current;
}
