import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { printable } from '../../base/text.ts';
import type { Engine } from '../../engine/engine.ts';
import { layerSizes } from '../../engine/images/size.ts';
import type { ResolvedImage } from '../../image/resolve.ts';

/** A step that an image was made of. */
export interface HistoryRow extends Record<string, unknown> {
  ID: string;
  Created: string;
  CreatedBy: string;
  Size: string;
  Comment: string;
  /** Bytes, and the whole command, for JSON. */
  bytes: number;
  command: string;
}

const shownCommand = 45;

/** Only the newest entry is an image of its own; podman marks the others so. */
const otherId = '<missing>';

/** How the steps are shown. */
export interface HistoryOptions {
  /** Whole ids and commands. */
  whole: boolean;
  /** Sizes and times for people. */
  human: boolean;
}

/** The steps that an image was made of, the newest first. */
export function historyRows(
  engine: Engine,
  image: ResolvedImage,
  { whole, human }: HistoryOptions,
): HistoryRow[] {
  const sizes = layerSizes(engine, image);
  const now = new Date();
  let layer = 0;
  const rows = image.config.history.map((entry): HistoryRow => {
    const bytes = entry.emptyLayer ? 0 : (sizes[layer] ?? 0);
    if (!entry.emptyLayer) layer += 1;
    const by = printable(entry.createdBy);
    const created = entry.created ?? '';
    const age = Number.isNaN(Date.parse(created)) ? 'N/A' : formatAge(new Date(created), now);
    return {
      ID: otherId,
      id: '',
      Created: human ? age : printable(created),
      CreatedSince: age,
      CreatedAt: printable(created),
      CreatedBy: whole || by.length <= shownCommand ? by : `${by.slice(0, shownCommand - 3)}...`,
      Size: human ? formatSize(bytes, { digits: 3, separator: ' ' }) : String(bytes),
      Comment: printable(entry.comment),
      bytes,
      command: by,
      Tags: null,
    };
  });
  const newest = rows.at(-1);
  if (newest !== undefined) {
    newest.ID = whole ? `sha256:${image.id}` : image.id.slice(0, 12);
    newest['id'] = image.id;
    newest['Tags'] = image.names;
  }
  return rows.reverse();
}

/** The object of `--format json`, with podman's names and types. */
export function historyObject(row: HistoryRow): Record<string, unknown> {
  const { CreatedAt, command, Comment, bytes } = row;
  return {
    id: row['id'] === '' ? otherId : row['id'],
    created: CreatedAt,
    CreatedBy: command,
    size: bytes,
    ...(Comment !== '' && { comment: Comment }),
    Created: CreatedAt,
  };
}
