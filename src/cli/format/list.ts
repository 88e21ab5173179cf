import type { RowsStyle } from './format-flag.ts';
import { type Column, formatTable } from './table.ts';

/** A list as a table, or as `--format` wants it. Errors: BryoError `bad-template`. */
export async function formatList<Row extends Record<string, unknown>>(
  format: string | null,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: RowsStyle,
): Promise<string> {
  if (format === null) {
    return formatTable(columns, rows, { dialect: style.dialect, heading: style.heading ?? true });
  }
  // Templates take as long to load as a list takes to make.
  const { formatRows } = await import('./format-flag.ts');
  return formatRows(format, rows, style);
}
