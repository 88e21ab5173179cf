/** The part of JSON Schema that OpenAPI 3.1 describes bodies with, as far as it is used here. */
export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | readonly string[];
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema;
  items?: Schema;
}

export const aText: Schema = { type: 'string' };
export const aNumber: Schema = { type: 'integer' };
export const aFlag: Schema = { type: 'boolean' };
/** An object of which nothing more is said. */
export const anObject: Schema = { type: 'object' };
export const texts: Schema = { type: 'array', items: aText };
export const textMap: Schema = { type: 'object', additionalProperties: aText };

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** A value that may be null, too. */
export function orNull(schema: Schema): Schema {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return { ...schema, type: [...types, 'null'] };
}

/** An object in which all of these are. */
export function objectOf(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Where a value differs from what a schema says, in words; empty: nowhere. */
export function mismatches(schema: Schema, value: unknown, at = ''): string[] {
  const own = typeName(value);
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  const fits =
    types === undefined || types.includes(own) || (own === 'integer' && types.includes('number'));
  if (!fits) return [`${at || 'the answer'} is ${own}, not ${types?.join(' or ')}`];
  if (Array.isArray(value)) {
    return schema.items === undefined
      ? []
      : value.flatMap((one, index) => mismatches(schema.items ?? {}, one, `${at}[${index}]`));
  }
  if (own !== 'object') return [];
  const found = value as Record<string, unknown>;
  const missing = (schema.required ?? []).filter((name) => !(name in found));
  const below = Object.entries(found).flatMap(([name, one]) => {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    return inner === undefined || one === undefined ? [] : mismatches(inner, one, `${at}.${name}`);
  });
  return [...missing.map((name) => `${at}.${name} is missing`), ...below];
}
