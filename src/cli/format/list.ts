import { formatRows, type RowsStyle } from './format-flag.ts';
import { type Column, formatTable } from './table.ts';

/**
 * A list as a table, or as `--format` wants it. Errors: BryoError `bad-template`.
 */
export function formatList<Row extends Record<string, unknown>>(
  format: string | null,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: RowsStyle,
): string {
  if (format !== null) return formatRows(format, rows, style);
  return formatTable(columns, rows, { dialect: style.dialect, heading: style.heading ?? true });
}
