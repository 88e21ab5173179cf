import type { KubeContainer, Resources, Variable, VariablesFrom } from './container-spec.ts';
import type { ConfigMapObject } from './objects.ts';

/** Facts that variables of a container can tell of. */
export interface VariableContext {
  configMaps: ReadonlyMap<string, ConfigMapObject>;
  /** The values of a secret by key; null: there is none of that name. */
  secret(name: string): Readonly<Record<string, Uint8Array>> | null;
  pod: {
    name: string;
    id: string;
    labels: Readonly<Record<string, string>>;
    annotations: Readonly<Record<string, string>>;
  };
  /** The machine: bytes of memory, and processors. */
  host: { memory: number; cpus: number };
}

type Env = Record<string, string>;

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** The texts of a ConfigMap or Secret by key; null: there is none. */
function lookUp(
  { kind, name }: { kind: 'configMap' | 'secret'; name: string },
  context: VariableContext,
): Readonly<Record<string, string>> | null {
  if (kind === 'configMap') return context.configMaps.get(name)?.data ?? null;
  const data = context.secret(name);
  if (data === null) return null;
  return Object.fromEntries(Object.entries(data).map(([key, bytes]) => [key, textOf(bytes)]));
}

/** Why there is no value. */
function absence(kind: 'configMap' | 'secret', name: string): string {
  return kind === 'configMap'
    ? `configmap ${name} not found`
    : `no secret with name or id ${JSON.stringify(name)}: no such secret`;
}

function keyValue(
  { name: variable, field }: Variable,
  source: { kind: 'configMap' | 'secret'; name: string; key: string; optional: boolean },
  context: VariableContext,
): string | null {
  const { kind, name, key, optional } = source;
  const texts = lookUp(source, context);
  if (texts !== null && Object.hasOwn(texts, key)) return texts[key] ?? '';
  if (optional) return null;
  const noKey =
    kind === 'configMap'
      ? `key ${key} not found in configmap ${name}`
      : `secret ${name} has not ${key} key`;
  throw field.problem(
    `cannot set env ${variable}: ${texts === null ? absence(kind, name) : noKey}`,
  );
}

function fieldValue({ name, field }: Variable, path: string, { pod }: VariableContext): string {
  if (path === 'metadata.name') return pod.name;
  if (path === 'metadata.uid') return pod.id;
  const [, kind, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/s.exec(path) ?? [];
  const texts = kind === 'labels' ? pod.labels : pod.annotations;
  if (kind !== undefined) return Object.hasOwn(texts, key) ? (texts[key] ?? '') : '';
  throw field.problem(
    `can not set env ${name}. Reason: fieldPath ${path} is either not valid or not supported`,
  );
}

const memoryDivisors = [
  ...['', 'k', 'M', 'G', 'T', 'P', 'E'].map((_, power) => 1000 ** power),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((_, power) => 1024 ** (power + 1)),
];

/** Limits and requests: what is not limited is the machine's, and what is not requested what is limited. */
function amountOf(
  resource: string,
  { limits, requests }: { limits: Resources; requests: Resources },
  { host }: VariableContext,
): { value: number; divisors: readonly number[] } | null {
  const memory = limits.memory || host.memory;
  const cpu = limits.cpu || host.cpus;
  switch (resource) {
    case 'limits.memory':
      return { value: memory, divisors: memoryDivisors };
    case 'requests.memory':
      return { value: requests.memory || memory, divisors: memoryDivisors };
    case 'limits.cpu':
      return { value: cpu, divisors: [1, 0.001] };
    case 'requests.cpu':
      return { value: requests.cpu || cpu, divisors: [1, 0.001] };
    default:
      return null;
  }
}

function resourceValue(
  { name, field }: Variable,
  { resource, divisor }: { resource: string; divisor: number | null },
  container: KubeContainer,
  context: VariableContext,
): string {
  const amount = amountOf(resource, container, context);
  const reason = `can not set env ${name}. Reason:`;
  if (amount === null) {
    throw field.problem(`${reason} resource ${resource} is either not valid or not supported`);
  }
  const by = divisor || 1;
  if (!amount.divisors.includes(by)) {
    throw field.problem(`${reason} divisor value ${by} is not valid`);
  }
  // Rounded first: 0.1 / 0.001 is a little more than 100.
  return String(Math.ceil(Number((amount.value / by).toPrecision(15))));
}

function valueFor(
  variable: Variable,
  container: KubeContainer,
  context: VariableContext,
): string | null {
  const { source } = variable;
  switch (source.kind) {
    case 'value':
      return source.value;
    case 'field':
      return fieldValue(variable, source.path, context);
    case 'resource':
      return resourceValue(variable, source, container, context);
    default:
      return keyValue(variable, source, context);
  }
}

function allOf(from: VariablesFrom, context: VariableContext): Env {
  const { kind, name, optional, prefix, field } = from;
  const texts = lookUp(from, context);
  if (texts === null && !optional) throw field.problem(absence(kind, name));
  return Object.fromEntries(
    Object.entries(texts ?? {}).map(([key, text]) => [`${prefix}${key}`, text]),
  );
}

/**
 * The variables of a container, those of `env` over those of `envFrom`. Throws BryoError `bad-kube` for what is not there
 * and not optional.
 */
export function variablesOf(container: KubeContainer, context: VariableContext): Env {
  const { env, envFrom } = container.process;
  const result: Env = {};
  for (const from of envFrom) Object.assign(result, allOf(from, context));
  for (const variable of env) {
    const value = valueFor(variable, container, context);
    if (value !== null) result[variable.name] = value;
  }
  return result;
}
