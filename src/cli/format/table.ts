import { isDocker } from '../docker/name.ts';

/** A listing: a title and one cell per row for each column. */
export interface Column<Row> {
  title: string;
  cell(row: Row): string;
}

const gap = isDocker ? 3 : 2;
/** Columns are at least so wide, the gap included: podman's and docker's measures. */
const leastWidth = isDocker ? 10 : 12;

/** Lays rows out in columns that are as wide as their widest cell. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  heading: boolean,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const lines = heading ? [columns.map(({ title }) => title), ...cells] : cells;
  return alignColumns(lines);
}

/** Pads every column but the last to its widest cell, as podman's tables are laid out. */
export function alignColumns(lines: readonly (readonly string[])[]): string {
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
