import { type EnumName, isEnumName } from '../../contract/enums.ts';
import { headerRecords } from '../header-records.ts';
import { containerRecords, planMagic, planVersion, storageRecords } from '../ops.ts';
import type { FieldType, RecordShape } from '../record-shape.ts';
import { headerText, memberName, typeName } from './names.ts';

const cppTypes: Record<Exclude<FieldType, EnumName>, string> = {
  bool: 'bool',
  u32: 'uint32_t',
  i32: 'int32_t',
  u64: 'uint64_t',
  text: 'std::string',
  hostPath: 'std::string',
  rootPath: 'std::string',
  bytes: 'std::string',
  texts: 'std::vector<std::string>',
  hostPaths: 'std::vector<std::string>',
  u32s: 'std::vector<uint32_t>',
};

function cppType(type: FieldType): string {
  return isEnumName(type) ? typeName('', type) : cppTypes[type];
}

function structOf(type: string, shape: RecordShape): string {
  const fields = Object.entries(shape.fields);
  const members = fields.map(([field, kind]) => `  ${cppType(kind)} ${memberName(field)}{};`);
  const reads = fields.map(([field]) => `reader.Read(${memberName(field)})`);
  return [
    `struct ${type} {`,
    `  static constexpr uint32_t kCode = ${shape.code};`,
    ...members,
    `  bool Decode([[maybe_unused]] PlanReader& reader) {`,
    `    return ${reads.length === 0 ? 'true' : reads.join(' &&\n           ')};`,
    '  }',
    '};',
  ].join('\n');
}

function variantOf(alias: string, types: readonly string[]): string {
  return `using ${alias} = std::variant<${types.join(', ')}>;`;
}

function decoderOf(alias: string, types: readonly string[]): string {
  const cases = types.map(
    (type) => `    case ${type}::kCode:\n      return out.emplace<${type}>().Decode(reader);`,
  );
  return [
    `inline bool Decode${alias}(uint32_t code, PlanReader& reader, ${alias}& out) {`,
    '  switch (code) {',
    ...cases,
    '    default:',
    '      return false;',
    '  }',
    '}',
  ].join('\n');
}

/** The text of addon/plan/ops.gen.h: structs and decoders of every plan record. */
export function recordsHeader(): string {
  const groups = [
    { alias: 'HeaderRecord', prefix: 'Header', table: headerRecords },
    { alias: 'StorageOp', prefix: 'Storage', table: storageRecords },
    { alias: 'ContainerOp', prefix: 'Op', table: containerRecords },
  ];
  const parts = [
    `inline constexpr uint32_t kPlanMagic = 0x${planMagic.toString(16)};`,
    `inline constexpr uint32_t kPlanVersion = ${planVersion};`,
  ];
  for (const { alias, prefix, table } of groups) {
    const types = Object.keys(table).map((name) => typeName(prefix, name));
    for (const [name, shape] of Object.entries(table)) {
      parts.push(structOf(typeName(prefix, name), shape));
    }
    parts.push(variantOf(alias, types), decoderOf(alias, types));
  }
  return headerText(
    'src/plan/ops.ts',
    [
      '<cstdint>',
      '<string>',
      '<variant>',
      '<vector>\n',
      '"plan/plan_reader.h"',
      '"sys/contract.gen.h"',
    ],
    parts,
  );
}
