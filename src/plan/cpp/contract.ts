import { firstDescriptor, launcherFd } from '../../contract/descriptors.ts';
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
  return headerText(
    'src/contract',
    ['<cstdint>', '<string_view>\n', '"sys/words.h"'],
    [
      '// What a launcher can be given by descriptor (src/contract/descriptors.ts).\n' +
        enumOf('LauncherFd', launcherFd),
      `inline constexpr int kFirstLauncherFd = ${firstDescriptor};`,
    ],
  );
}
