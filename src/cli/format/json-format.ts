/** Asks for the whole list as JSON: `json` or `{{json .}}`. */
export function isJsonFormat(format: string): boolean {
  return /^\s*(json|\{\{\s*json\s+\.?\s*\}\})\s*$/.test(format);
}
