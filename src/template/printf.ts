import { isObject, printValue } from './values.ts';

type Argument = unknown;

function quoteValue(value: Argument): string {
  return Array.isArray(value)
    ? `[${value.map(quoteValue).join(' ')}]`
    : JSON.stringify(printValue(value));
}

function goType(value: Argument): string {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float64';
    default:
      return isObject(value) ? 'map[string]interface {}' : '[]interface {}';
  }
}

interface Verb {
  verb: string;
  precision: number | null;
}

function formatNumber(value: number | bigint, { verb, precision }: Verb): string {
  const number = Number(value);
  switch (verb) {
    case 'd':
      return String(value);
    case 'x':
      return value.toString(16);
    case 'X':
      return value.toString(16).toUpperCase();
    case 'o':
      return value.toString(8);
    case 'b':
      return value.toString(2);
    case 'c':
      return String.fromCodePoint(number);
    case 'e':
      return number.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
    case 'g':
      return precision === null ? String(number) : String(Number(number.toPrecision(precision)));
    default:
      return number.toFixed(precision ?? 6);
  }
}

function formatArgument(value: Argument, wanted: Verb): string {
  const { verb, precision } = wanted;
  const wrong = (): string => `%!${verb}(${goType(value)}=${printValue(value)})`;
  switch (verb) {
    case 'v':
      return printValue(value);
    case 's': {
      if (typeof value === 'number' || typeof value === 'boolean') return wrong();
      const text = printValue(value);
      return precision === null ? text : text.slice(0, precision);
    }
    case 'q':
      return quoteValue(value);
    case 'T':
      return goType(value);
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong();
    case 'x':
    case 'X':
      if (typeof value === 'string') {
        const hex = Buffer.from(value).toString('hex');
        return verb === 'x' ? hex : hex.toUpperCase();
      }
      break;
    default:
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return wrong();
  return formatNumber(value, wanted);
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

/** fmt.Sprintf for JSON data, with its ways to tell of wrong arguments. */
export function printf(format: unknown, ...args: Argument[]): string {
  let at = 0;
  const next = (): Argument => {
    at += 1;
    return args[at - 1];
  };
  const text = String(format).replace(
    /%([-+# 0]*)(\*|\d*)(?:\.(\d*))?([a-zA-Z%]|$)/g,
    (_all, flags: string, width: string, decimals: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      const wide = width === '*' ? Number(next()) : Number(width);
      if (at >= args.length) return `%!${verb}(MISSING)`;
      if (!'vsqTtdxXobcfFeg'.includes(verb)) {
        const value = next();
        return `%!${verb}(${goType(value)}=${printValue(value)})`;
      }
      const precision = decimals === undefined ? null : Number(decimals);
      const value = next();
      const shown = formatArgument(value, { verb, precision });
      const plus = flags.includes('+') && typeof value === 'number' && value >= 0 ? '+' : '';
      return pad(plus + shown, flags, wide);
    },
  );
  if (at >= args.length) return text;
  const extra = args.slice(at).map((value) => `${goType(value)}=${printValue(value)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}
