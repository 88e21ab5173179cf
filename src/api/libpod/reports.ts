import { aNumber, aText, listOf, objectOf, orNull, type Schema } from '../route/schema.ts';

/** The report of the removal of one thing (reports.PruneReport). */
export interface PruneReport {
  Id: string;
  /** Bytes. */
  Size: number;
  Err: null;
}

export const reportsSchema: Schema = listOf(
  objectOf({ Id: aText, Size: aNumber, Err: orNull(aText) }),
);
