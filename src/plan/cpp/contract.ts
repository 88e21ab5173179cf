import { firstDescriptor, launcherFd } from '../../contract/descriptors.ts';
import { enums } from '../../contract/enums.ts';
import { eventFields } from '../../contract/events.ts';
import { limits } from '../../contract/limits.ts';
import { names } from '../../contract/names.ts';
import { headerText, typeName } from './names.ts';

function enumOf(name: string, words: readonly string[]): string {
  const values = words.map((word) => `k${typeName('', word)}`).join(', ');
  const texts = words.map((word) => `"${word}"`).join(', ');
  return [
    `enum class ${name} : uint32_t { ${values} };`,
    'template <>',
    `struct Words<${name}> {`,
    `  static constexpr std::string_view kAll[] = {${texts}};`,
    '};',
  ].join('\n');
}

/** The text of addon/sys/contract.gen.h: what both languages must agree on beside the plan's records. */
export function contractHeader(): string {
  const constants = [
    ...Object.entries(names).map(
      ([name, text]) => `inline constexpr char k${typeName('', name)}[] = "${text}";`,
    ),
    ...Object.entries(limits).map(
      ([name, limit]) => `inline constexpr uint32_t k${typeName('', name)} = ${limit};`,
    ),
  ];
  return headerText(
    'src/contract',
    ['<cstdint>', '<string_view>\n', '"sys/words.h"'],
    [
      ...Object.entries(enums).map(([name, words]) => enumOf(typeName('', name), words)),
      `// Descriptors that a launcher can be given.\n${enumOf('LauncherFd', launcherFd)}`,
      [
        "// A member of an event's JSON object, and the field of the journal with the same content.",
        'struct EventField {',
        '  const char* member;',
        '  const char* journal;',
        '};',
        ...Object.entries(eventFields).map(
          ([name, { member, field }]) =>
            `inline constexpr EventField k${typeName('', name)}Field{"${member}", "${field}"};`,
        ),
      ].join('\n'),
      `inline constexpr int kFirstLauncherFd = ${firstDescriptor};`,
      constants.join('\n'),
    ],
  );
}
