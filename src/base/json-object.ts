/** An object of JSON: its members by name, each of which may be missing. */
export type JsonObject = Partial<Record<string, unknown>>;

/** Whether a value that came from JSON is an object: no list, and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
