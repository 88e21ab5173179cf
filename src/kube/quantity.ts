import type { KubeField } from './field.ts';

const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

function factor(suffix: string): number {
  const power = binary.indexOf(suffix);
  if (power >= 0) return 1024 ** (power + 1);
  const exponent = /^[eE]([+-]?\d{1,2})$/.exec(suffix)?.[1];
  return 10 ** (exponent === undefined ? (decimal.indexOf(suffix) - 3) * 3 : Number(exponent));
}

const pattern =
  /^([+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18}))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d{1,2})$/;

/**
 * An amount as Kubernetes writes it: `500m`, `64Mi`, `1.5`, `1e3` (k8s.io/apimachinery, resource.Quantity). Null: absent.
 * Throws BryoError `bad-kube`, also for less than nothing.
 */
export function readQuantity(field: KubeField): number | null {
  const text = field.text();
  if (text === null || text === '') return null;
  const [, digits, suffix = ''] = pattern.exec(text) ?? [];
  if (digits === undefined) {
    throw field.problem(
      `${JSON.stringify(text)} is no quantity: a number with m, k, M, G, Ki, Mi, Gi, …`,
    );
  }
  const value = Number(digits) * factor(suffix);
  if (value < 0) throw field.problem(`${text} is less than nothing`);
  return value;
}

/** An amount in whole bytes; null: absent. */
export function readBytes(field: KubeField): number | null {
  const value = readQuantity(field);
  if (value === null) return null;
  const bytes = Math.ceil(value);
  if (!Number.isSafeInteger(bytes)) throw field.problem('it is too large');
  return bytes;
}

/** Bytes in the largest unit that leaves no rest: `64Mi`. */
export function formatBytes(bytes: number): string {
  const power = binary.findLastIndex((_, index) => bytes % 1024 ** (index + 1) === 0);
  return bytes === 0 || power < 0
    ? String(bytes)
    : `${bytes / 1024 ** (power + 1)}${binary[power]}`;
}

/** Cores by their thousandths: `500m`, `2`. */
export function formatMilli(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}
