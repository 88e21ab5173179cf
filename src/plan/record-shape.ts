/** The types that a field of a plan's record can have. */
export type FieldType =
  | 'bool'
  | 'u32'
  | 'i32'
  | 'u64'
  | 'text'
  | 'hostPath'
  | 'rootPath'
  | 'bytes'
  | 'texts'
  | 'hostPaths'
  | 'u32s';

/** A record of a plan: the number that stands for it, and its fields. */
export interface RecordShape {
  code: number;
  fields: Record<string, FieldType>;
}

/** The type here of each type of field. */
interface FieldValue {
  bool: boolean;
  u32: number;
  i32: number;
  u64: bigint;
  text: string;
  hostPath: string;
  rootPath: string;
  bytes: Uint8Array;
  texts: readonly string[];
  hostPaths: readonly string[];
  u32s: readonly number[];
}

/** The records that a table describes. */
export type RecordOf<Table extends Record<string, RecordShape>> = {
  [Name in keyof Table]: { op: Name } & {
    [Field in keyof Table[Name]['fields']]: FieldValue[Table[Name]['fields'][Field] & FieldType];
  };
}[keyof Table];
