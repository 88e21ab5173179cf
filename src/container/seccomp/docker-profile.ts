import { BryoError } from '../../base/errors.ts';
import { isJsonObject, type JsonObject } from '../../base/json-object.ts';
import type { OciSeccomp, OciSeccompArg, OciSeccompSyscall } from '../../plan/spec.ts';

/** The circumstances that select the conditional rules of a profile. */
export interface ProfileCircumstances {
  capabilities: readonly string[];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const seccompArchNames: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** `includes` must all hold and `excludes` must not (Docker's seccomp documentation). */
function applies(rule: JsonObject, circumstances: ProfileCircumstances): boolean {
  const includes = isJsonObject(rule['includes']) ? rule['includes'] : {};
  const excludes = isJsonObject(rule['excludes']) ? rule['excludes'] : {};
  const has = (name: string) => circumstances.capabilities.includes(name);
  const arch = seccompArchNames[process.arch] ?? process.arch;
  if (!strings(includes['caps']).every(has)) return false;
  if (strings(excludes['caps']).some(has)) return false;
  const included = strings(includes['arches']);
  if (included.length > 0 && !included.includes(arch)) return false;
  return !strings(excludes['arches']).includes(arch);
}

/** JSON rounds what has more than 53 bits: a comparison with that would be another one. */
function exact(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new BryoError(
    'bad-seccomp',
    'a rule of the seccomp profile compares with a number that cannot be read exactly',
  );
}

function parseArg(value: unknown): OciSeccompArg {
  if (
    !isJsonObject(value) ||
    typeof value['index'] !== 'number' ||
    typeof value['op'] !== 'string'
  ) {
    throw new BryoError('bad-seccomp', 'a rule of the seccomp profile has a malformed argument');
  }
  const arg: OciSeccompArg = {
    index: value['index'],
    op: value['op'],
    value: exact(value['value']),
  };
  if (value['valueTwo'] !== undefined) arg.valueTwo = exact(value['valueTwo']);
  return arg;
}

function parseRule(rule: JsonObject): OciSeccompSyscall {
  const names = typeof rule['name'] === 'string' ? [rule['name']] : strings(rule['names']);
  if (typeof rule['action'] !== 'string') {
    throw new BryoError('bad-seccomp', 'a rule of the seccomp profile has no action');
  }
  const parsed: OciSeccompSyscall = { names, action: rule['action'] };
  if (typeof rule['errnoRet'] === 'number') parsed.errnoRet = rule['errnoRet'];
  if (Array.isArray(rule['args'])) parsed.args = rule['args'].map(parseArg);
  return parsed;
}

function parseArchitectures(profile: JsonObject): string[] {
  const plain = strings(profile['architectures']);
  if (plain.length > 0) return plain;
  const native = { x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' }[process.arch as 'x64'];
  const map = Array.isArray(profile['archMap']) ? profile['archMap'].filter(isJsonObject) : [];
  const entry = map.find((item) => item['architecture'] === native);
  if (entry === undefined || native === undefined) return native === undefined ? [] : [native];
  return [native, ...strings(entry['subArchitectures'])];
}

/**
 * Reads a seccomp profile in the format of Docker and containers-common (seccomp.json), which also
 * covers the OCI specification's. Throws BryoError `bad-seccomp` naming what is wrong.
 */
export function parseProfile(text: string, circumstances: ProfileCircumstances): OciSeccomp {
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (cause) {
    throw new BryoError('bad-seccomp', 'the seccomp profile is not valid JSON', { cause });
  }
  if (!isJsonObject(profile) || typeof profile['defaultAction'] !== 'string') {
    throw new BryoError('bad-seccomp', 'the seccomp profile has no defaultAction');
  }
  const rules = Array.isArray(profile['syscalls']) ? profile['syscalls'].filter(isJsonObject) : [];
  const parsed: OciSeccomp = {
    defaultAction: profile['defaultAction'],
    architectures: parseArchitectures(profile),
    syscalls: rules.filter((rule) => applies(rule, circumstances)).map(parseRule),
  };
  if (typeof profile['defaultErrnoRet'] === 'number') {
    parsed.defaultErrnoRet = profile['defaultErrnoRet'];
  }
  return parsed;
}
