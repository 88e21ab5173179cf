import { isEnumName } from '../../contract/enums.ts';
import { monitorRecords } from '../../contract/records.ts';
import { headerText, memberName, typeName } from './names.ts';

interface Member {
  type: string;
  /** Whether it says something. */
  tells: string;
  /** How it is added to a JSON object, and what. */
  add: string;
  value: string;
}

function memberOf(name: string, kind: string): Member {
  if (isEnumName(kind)) {
    const type = typeName('', kind);
    return { type, tells: `${name} != ${type}{}`, add: 'AddWord', value: name };
  }
  if (kind.endsWith('[]')) {
    const type = 'std::vector<std::string>';
    return { type, tells: `!${name}.empty()`, add: 'AddList', value: name };
  }
  switch (kind) {
    case 'text':
    case 'time':
      return { type: 'std::string', tells: `!${name}.empty()`, add: 'AddText', value: name };
    case 'positive':
    case 'integer':
      return { type: 'int64_t', tells: `${name} != 0`, add: 'AddNumber', value: name };
    case 'flag':
      return { type: 'bool', tells: name, add: 'AddFlag', value: name };
    default: {
      const type = typeName('', kind);
      return { type, tells: `${name} != ${type}{}`, add: 'AddJson', value: `${name}.Json()` };
    }
  }
}

function structOf(record: string, shape: Record<string, string>): string {
  const members: string[] = [];
  const adds: string[] = [];
  for (const [field, kind] of Object.entries(shape)) {
    if (kind === 'version') {
      adds.push(`    out.AddNumber("${field}", 1);`);
      continue;
    }
    const name = memberName(field.charAt(0).toLowerCase() + field.slice(1));
    const isOptional = kind.endsWith('?');
    const { type, tells, add, value } = memberOf(name, isOptional ? kind.slice(0, -1) : kind);
    const note = type.startsWith('std::vector') ? `  // JSON texts of ${kind.slice(0, -2)}` : '';
    members.push(`  ${type} ${name}{};${note}`);
    const condition = isOptional ? `if (${tells}) ` : '';
    adds.push(`    ${condition}out.${add}("${field}", ${value});`);
  }
  const type = typeName('', record);
  return [
    `struct ${type} {`,
    ...members,
    `  bool operator==(const ${type}&) const = default;`,
    '  std::string Json() const {',
    '    JsonObject out;',
    ...adds,
    '    return out.Text();',
    '  }',
    '};',
  ].join('\n');
}

/** The text of addon/monitor/records.gen.h: what the monitor writes as JSON. */
export function monitorRecordsHeader(): string {
  return headerText(
    'src/contract/records.ts',
    ['<cstdint>', '<string>', '<vector>\n', '"monitor/json_text.h"', '"sys/contract.gen.h"'],
    Object.entries(monitorRecords).map(([record, shape]) => structOf(record, shape)),
  );
}
