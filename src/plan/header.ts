import {
  containerRecords,
  type FieldType,
  headerRecords,
  planMagic,
  planVersion,
  type RecordShape,
  storageRecords,
} from './ops.ts';

const cppTypes: Record<FieldType, string> = {
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

function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function structOf(prefix: string, name: string, shape: RecordShape): string {
  const fields = Object.entries(shape.fields);
  const members = fields.map(([field, type]) => `  ${cppTypes[type]} ${memberName(field)}{};`);
  const reads = fields.map(([field]) => `reader.Read(${memberName(field)})`);
  return [
    `struct ${prefix}${capitalize(name)} {`,
    `  static constexpr uint32_t kCode = ${shape.code};`,
    ...members,
    `  bool Decode([[maybe_unused]] PlanReader& reader) {`,
    `    return ${reads.length === 0 ? 'true' : reads.join(' &&\n           ')};`,
    '  }',
    '};',
  ].join('\n');
}

/** A C++ keyword gets a trailing underscore. */
function memberName(field: string): string {
  const name = snakeCase(field);
  return name === 'volatile' || name === 'class' ? `${name}_` : name;
}

function variantOf(alias: string, prefix: string, table: Record<string, RecordShape>): string {
  const names = Object.keys(table).map((name) => `${prefix}${capitalize(name)}`);
  return `using ${alias} = std::variant<${names.join(', ')}>;`;
}

function decoderOf(alias: string, prefix: string, table: Record<string, RecordShape>): string {
  const cases = Object.keys(table).map((name) => {
    const type = `${prefix}${capitalize(name)}`;
    return `    case ${type}::kCode:\n      return out.emplace<${type}>().Decode(reader);`;
  });
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

/** The text of addon/launcher/ops.gen.h: structs and decoders of every plan record. */
export function generateHeader(): string {
  const groups = [
    { alias: 'HeaderRecord', prefix: 'Header', table: headerRecords },
    { alias: 'StorageOp', prefix: 'Storage', table: storageRecords },
    { alias: 'ContainerOp', prefix: 'Op', table: containerRecords },
  ];
  const parts = [
    '// Generated from src/plan/ops.ts by src/plan/generate.ts. Do not edit.',
    '#pragma once',
    '#include <cstdint>\n#include <string>\n#include <variant>\n#include <vector>',
    '#include "launcher/plan_reader.h"',
    'namespace bryo {',
    `inline constexpr uint32_t kPlanMagic = 0x${planMagic.toString(16)};`,
    `inline constexpr uint32_t kPlanVersion = ${planVersion};`,
  ];
  for (const { alias, prefix, table } of groups) {
    for (const [name, shape] of Object.entries(table)) parts.push(structOf(prefix, name, shape));
    parts.push(variantOf(alias, prefix, table), decoderOf(alias, prefix, table));
  }
  parts.push('}  // namespace bryo');
  return `${parts.join('\n\n')}\n`;
}
