import type { Dialect } from '../dialect.ts';

/** A listing: a title and one cell per row for each column. */
export interface Column<Row> {
  title: string;
  cell(row: Row): string;
}

/** How a table looks: the gap between columns, and how wide they are at least, the gap included. */
const measures = {
  podman: { gap: 2, leastWidth: 12 },
  docker: { gap: 3, leastWidth: 10 },
} as const;

/** The program whose tables to lay out, with titles or without. */
export interface TableStyle {
  dialect: Dialect;
  heading: boolean;
}

/** Lays rows out in columns that are as wide as their widest cell. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { dialect, heading }: TableStyle,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const lines = heading ? [columns.map(({ title }) => title), ...cells] : cells;
  return alignColumns(lines, dialect);
}

/** Pads every column but the last to its widest cell, as podman's or docker's tables are laid out. */
export function alignColumns(lines: readonly (readonly string[])[], dialect: Dialect): string {
  const { gap, leastWidth } = measures[dialect];
  const widths: number[] = [];
  for (const line of lines) {
    for (const [index, cell] of line.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return lines
    .map((line) => {
      const padded = line.map((cell, index) =>
        cell.padEnd(Math.max((widths[index] ?? 0) + gap, leastWidth)),
      );
      return `${padded.join('').trimEnd()}\n`;
    })
    .join('');
}
