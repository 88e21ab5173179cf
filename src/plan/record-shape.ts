import { type EnumName, type EnumWord, enums, isEnumName } from '../contract/enums.ts';

/** The types that a field of a plan's record can have; those of enumerations are a word here, a number there. */
export type FieldType =
  | EnumName
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
type FieldValue = { [Name in EnumName]: EnumWord<Name> } & {
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
};

/** The records that a table describes. */
export type RecordOf<Table extends Record<string, RecordShape>> = {
  [Name in keyof Table]: { op: Name } & {
    [Field in keyof Table[Name]['fields']]: FieldValue[Table[Name]['fields'][Field] & FieldType];
  };
}[keyof Table];

/** Fields for those who decide on their values: numbers that fit into a double are numbers. */
export type InputOf<Fields extends Record<string, FieldType>> = {
  [Field in keyof Fields]: Fields[Field] extends 'u64' ? number : FieldValue[Fields[Field]];
};

/** Fields with `u64` as the numbers of a plan. */
export function fieldValues<Fields extends Record<string, FieldType>>(
  fields: Fields,
  input: InputOf<Fields>,
): { [Field in keyof Fields]: FieldValue[Fields[Field]] } {
  const values = Object.entries(fields).map(([field, type]) => {
    const value = input[field as keyof Fields];
    return [field, type === 'u64' ? BigInt(value as number) : value];
  });
  return Object.fromEntries(values);
}

/** Fields that say nothing. */
export function emptyFields<Fields extends Record<string, FieldType>>(
  fields: Fields,
): InputOf<Fields> {
  const values = Object.entries(fields).map(([field, type]) => [field, emptyValue(type)]);
  return Object.fromEntries(values);
}

function emptyValue(type: FieldType): unknown {
  if (isEnumName(type)) return enums[type][0];
  switch (type) {
    case 'bool':
      return false;
    case 'u32':
    case 'i32':
    case 'u64':
      return 0;
    case 'bytes':
      return new Uint8Array();
    case 'texts':
    case 'hostPaths':
    case 'u32s':
      return [];
    default:
      return '';
  }
}

/** Whether a field says something: zeros, empty lists, `false` and first words do not. */
export function isTelling(type: FieldType, value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isEnumName(type)) return value !== enums[type][0];
  return value !== false && value !== 0 && value !== 0n && value !== '';
}
