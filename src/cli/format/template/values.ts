import { GoTime } from './go-time.ts';
import { TemplateError } from './syntax.ts';

/** Objects that are maps in podman's types: a key that is absent is no error, and they print so. */
const mapFields = new Set([
  'Annotations',
  'CgroupConf',
  'Data',
  'DriverOpts',
  'ExposedPorts',
  'Labels',
  'Map',
  'Networks',
  'Options',
  'PortBindings',
  'Ports',
  'Sysctls',
  'Tmpfs',
  'Volumes',
  'graphOptions',
  'graphStatus',
  'registries',
]);

/** Times in podman's types, which print otherwise than in JSON. */
const timeFields = /^(Created|CreatedAt|StartedAt|FinishedAt|CheckpointedAt|RestoredAt)$/;

const structs = new WeakSet<object>();

export function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof GoTime)
  );
}

/**
 * JSON data as Go would hold it: objects are structs or maps, RFC 3339 text of known fields is a
 * time. `field` is the name by which it was reached.
 */
export function goValue(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => goValue(item, ''));
  if (typeof value === 'string' && timeFields.test(field)) return GoTime.parse(value) ?? value;
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  const isMap = mapFields.has(field);
  if (!isMap) structs.add(result);
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value));
  if (isMap) properties.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, own] of properties) {
    // A field that JSON does not show (an alias) is not printed either.
    Object.defineProperty(result, name, {
      value: goValue(own.value, name),
      enumerable: own.enumerable ?? true,
    });
  }
  return result;
}

/** Go's truth: zero values and empty collections are false; a struct is true. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return structs.has(value) || Object.keys(value).length > 0;
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
  if (value instanceof GoTime) return value.method(name);
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
