import { enums } from '../contract/enums.ts';
import { limits } from '../contract/limits.ts';
import { fieldSize } from './encode.ts';
import { planMagic, planRecords, planVersion } from './ops.ts';

const counter = fieldSize('text', '');

function table(head: string, rows: readonly (readonly string[])[]): string {
  const columns = head.split('|').length;
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  return [`| ${head} |`, `|${'---|'.repeat(columns)}`, ...lines].join('\n');
}

/** The head of a plan, before its records. */
function headTable(): string {
  const bytes = new Uint8Array(new Uint32Array([planMagic]).buffer);
  const magic = [...bytes].map((byte) => byte.toString(16)).join(' ');
  const rows = [
    `magic, \`${magic}\` ("BRYO")`,
    `version, ${planVersion}`,
    `size of the whole plan in bytes; at most ${limits.maxPlanBytes / 1024 ** 2} MiB`,
    `number of records; at most ${limits.maxPlanRecords}`,
  ].map((meaning, index) => [`${index * counter}`, `${counter}`, meaning]);
  return table('offset | size | meaning', [
    ...rows,
    [`${rows.length * counter}`, '', 'the records'],
  ]);
}

/** How many bytes a field of each type takes. */
function typeTable(): string {
  const numbers = (['u32', 'i32', 'u64'] as const).map((type) => {
    const size = fieldSize(type, type === 'u64' ? 0n : 0);
    return [`\`${type}\``, `${size} bytes`];
  });
  const used = new Set<string>(
    Object.values(planRecords).flatMap(({ fields }) => Object.values<string>(fields)),
  );
  const named = Object.entries(enums).filter(([name]) => used.has(name));
  const words = named.map(([name, list]) => [
    `\`${name}\``,
    `${fieldSize(name as keyof typeof enums, list[0])} bytes: ${list
      .map((word, index) => `${index} \`${word}\``)
      .join(', ')}`,
  ]);
  return table('type | bytes', [
    ['`bool`', `${fieldSize('bool', true)} bytes, 0 or 1`],
    ...numbers,
    ['`text`, `hostPath`, `rootPath`', `length (${counter} bytes), then UTF-8 without NUL`],
    ['`bytes`', `length (${counter} bytes), then any bytes`],
    ['`texts`, `hostPaths`', `number (${counter} bytes), then so many texts`],
    ['`u32s`', `number (${counter} bytes), then so many numbers`],
    ...words,
  ]);
}

/** The generated parts of docs/launch-plan.md, by the name in the comment before each. */
const parts: Record<string, () => string> = { head: headTable, types: typeTable };

/** The page with its generated parts as they are now. */
export function launchPlanPage(page: string): string {
  return Object.entries(parts).reduce(
    (text, [name, make]) => {
      const place = new RegExp(`(<!-- generated: ${name} -->\\n)[\\s\\S]*?(\\n<!-- end -->)`);
      if (!place.test(text)) throw new Error(`the page has no place for "${name}"`);
      return text.replace(place, (_, before: string, after: string) => before + make() + after);
    },
    page.replace(/^# The launch plan, version \d+/, `# The launch plan, version ${planVersion}`),
  );
}
