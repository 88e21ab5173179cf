import { accessSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import type {
  BuildOutput,
  BuildSecret,
  BuildSsh,
  CacheLocation,
  CacheTarget,
  NamedContext,
} from './build.ts';
import { badValue, readPair } from './values.ts';

/** The words for a system call's error. */
function why(error: unknown): string {
  switch (errnoCode(error)) {
    case 'ENOENT':
      return 'no such file or directory';
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'is a directory';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function words(flag: string, text: string, known: readonly string[]): Map<string, string> {
  const pairs = new Map(text.split(',').map(readPair));
  const wrong = [...pairs.keys()].find((key) => !known.includes(key));
  if (wrong !== undefined) {
    throw badValue(flag, text, `there is no option ${wrong}: ${known.join(', ')} are known`);
  }
  return pairs;
}

/** `--secret id=NAME[,src=FILE|VARIABLE][,env=VARIABLE][,type=file|env]`. */
export function readBuildSecret(text: string): BuildSecret {
  const keys = ['id', 'src', 'source', 'env', 'type'];
  const names = text.split(',').map((word) => word.split('=', 1)[0] ?? '');
  const isKnown = text.includes('=') && names.every((name) => keys.includes(name));
  const pairs = isKnown ? words('--secret', text, keys) : new Map<string, string>();
  const id = pairs.get('id') ?? '';
  if (id === '') {
    throw new BryoError(
      'bad-flag-value',
      'incorrect secret flag format: should be --secret id=foo,src=bar[,env=ENV][,type=file|env]',
    );
  }
  const source = pairs.get('src') ?? pairs.get('source');
  const variable = pairs.get('env');
  const type = pairs.get('type') ?? (variable === undefined ? undefined : 'env');
  if (type !== undefined && type !== 'file' && type !== 'env') {
    throw badValue('--secret', text, 'type is file or env');
  }
  const isVariable =
    type === 'env' || (type === undefined && source === undefined && id in process.env);
  if (isVariable) {
    const name = variable ?? source ?? id;
    if (process.env[name] === undefined) {
      throw badValue('--secret', text, `the variable ${name} is not set`);
    }
    return { id, source: { kind: 'env', name } };
  }
  const path = resolve(source ?? id);
  try {
    accessSync(path);
  } catch (cause) {
    throw new BryoError(
      'bad-flag-value',
      `could not parse secrets: faccessat ${path}: ${why(cause)}`,
      { cause },
    );
  }
  return { id, source: { kind: 'file', path } };
}

/** `--ssh default|ID[=SOCKET|KEY[,KEY…]]`. */
export function readBuildSsh(text: string): BuildSsh {
  const [id, paths] = readPair(text);
  if (id === '') throw badValue('--ssh', text, 'ID[=SOCKET|KEY[,KEY...]] is needed');
  const found = paths === '' ? [] : paths.split(',').map((path) => resolve(path));
  for (const path of found) {
    try {
      accessSync(path);
    } catch (error) {
      throw badValue('--ssh', text, `${path}: ${why(error)}`);
    }
  }
  if (found.length === 0 && !process.env['SSH_AUTH_SOCK']) {
    throw badValue('--ssh', text, 'no agent is known: SSH_AUTH_SOCK is not set');
  }
  return { id, paths: found };
}

/** A `--build-context` as given: what has to be fetched first is `remote`. */
export type GivenContext =
  | Extract<NamedContext, { kind: 'image' }>
  | { kind: 'directory'; path: string }
  | { kind: 'remote'; address: string };

/** `--build-context NAME=PATH|IMAGE`. */
export function readBuildContext(text: string): {
  name: string;
  value: GivenContext;
} {
  const [name, value] = readPair(text);
  if (name === '' || value === '') {
    throw new BryoError(
      'bad-flag-value',
      `while parsing additional build context: ${text}, accepts value in the form of key=value`,
    );
  }
  const image = /^(?:docker-image|container-image|docker):\/\/(.+)$/.exec(value)?.[1];
  if (image !== undefined) return { name, value: { kind: 'image', image } };
  if (/^(oci-layout|oci|oci-archive|docker-archive|containers-storage):/.test(value)) {
    const layout = value.replace(/^oci-layout:(\/\/)?/, 'oci:');
    return { name, value: { kind: 'image', image: layout } };
  }
  if (isRemote(value)) return { name, value: { kind: 'remote', address: value } };
  return { name, value: { kind: 'directory', path: resolve(value) } };
}

/** Whether a context is an address: of an archive, a Containerfile or a git repository. */
export function isRemote(text: string): boolean {
  return /^(https?|git|ssh):\/\/|^git@[\w.-]+:|^github\.com\//.test(text);
}

/** An `--output` as given. */
export interface GivenOutput {
  /** Null: nothing but the store's image. */
  output: BuildOutput | null;
  /** A further name of the image; null: none. */
  name: string | null;
  /** The image goes to the registries of its names. */
  push: boolean;
}

/** Options of each type of `--output`, beside `type`. */
const outputKeys = {
  local: ['dest'],
  tar: ['dest'],
  oci: ['dest', 'tar'],
  docker: ['dest', 'tar', 'name'],
  image: ['name', 'push'],
} as const;

function isOutputType(type: string): type is keyof typeof outputKeys {
  return Object.hasOwn(outputKeys, type);
}

/** `true` or `false` of an option; absent: null. */
function truth(flag: string, text: string, pairs: ReadonlyMap<string, string>, key: string) {
  const value = pairs.get(key);
  if (value === undefined) return null;
  if (value !== 'true' && value !== 'false') throw badValue(flag, text, `${key} is true or false`);
  return value === 'true';
}

/** Throws BryoError `bad-flag-value` unless an option, if it is given, is true. */
function requireTrue(
  flag: string,
  text: string,
  pairs: ReadonlyMap<string, string>,
  keys: Readonly<Record<string, string>>,
): void {
  for (const [key, why] of Object.entries(keys)) {
    if (truth(flag, text, pairs, key) === false) throw badValue(flag, text, `${key}=false: ${why}`);
  }
}

function typeIn(text: string): string | undefined {
  return text
    .split(',')
    .map(readPair)
    .findLast(([key]) => key === 'type')?.[1];
}

/** `--output DIR`, `-`, or `type=local|tar|oci|docker|image|registry[,dest=PATH][,name=NAME][,push=true]`. */
export function readBuildOutput(text: string): GivenOutput {
  const files = (output: BuildOutput): GivenOutput => ({ output, name: null, push: false });
  if (text === '-') return files({ type: 'tar', path: null });
  if (!text.includes('=')) {
    if (text === '') throw badValue('--output', text, 'a directory or type=… is needed');
    return files({ type: 'local', path: resolve(text) });
  }
  const asked = typeIn(text) ?? 'local';
  // docker's short word for an image that is sent.
  const type = asked === 'registry' ? 'image' : asked;
  if (!isOutputType(type)) {
    throw badValue('--output', text, 'type is local, tar, oci, docker, image or registry');
  }
  const pairs = words('--output', text, ['type', ...outputKeys[type]]);
  requireTrue('--output', text, pairs, { tar: 'an archive is what is written' });
  const dest = pairs.get('dest');
  const path = dest === undefined || dest === '-' ? null : resolve(dest);
  // docker's type=docker without a file is the store itself.
  if (type === 'image' || (type === 'docker' && dest === undefined)) {
    const push = truth('--output', text, pairs, 'push') ?? asked === 'registry';
    return { output: null, name: pairs.get('name') || null, push };
  }
  if (pairs.has('name')) throw badValue('--output', text, 'an archive has the names of --tag');
  if (type !== 'local') return files({ type, path });
  if (path === null) throw badValue('--output', text, 'type=local needs dest=DIRECTORY');
  return files({ type, path });
}

/** Options of each type of cache, beside `type`. */
const cacheKeys = {
  '--cache-from': { registry: ['ref'], local: ['src'] },
  '--cache-to': {
    registry: ['ref', 'mode', 'oci-mediatypes', 'image-manifest'],
    local: ['dest', 'mode'],
  },
} as const;

function readCache(flag: keyof typeof cacheKeys, text: string) {
  const type = typeIn(text) ?? 'registry';
  if (type !== 'registry' && type !== 'local') {
    throw badValue(flag, text, 'type is registry or local: bryo knows no other cache');
  }
  const pairs = words(flag, text, ['type', ...cacheKeys[flag][type]]);
  if (type === 'registry') {
    const reference = pairs.get('ref') ?? '';
    if (reference === '') throw badValue(flag, text, 'type=registry needs ref=REPOSITORY');
    return { pairs, location: { type, reference } as const };
  }
  const path = pairs.get(flag === '--cache-from' ? 'src' : 'dest') ?? '';
  if (path === '') throw badValue(flag, text, 'type=local needs src=DIRECTORY or dest=DIRECTORY');
  return { pairs, location: { type, path: resolve(path) } as const };
}

/** podman's form: a repository, in which there may be images as well. Null: it has another form. */
function readRepository(text: string): CacheLocation | null {
  if (text.includes('=')) return null;
  const tagged = /[:@]/.test(text.slice(text.lastIndexOf('/') + 1));
  return { type: 'registry', reference: tagged ? text : `${text}:bryo-build-cache` };
}

/** `--cache-from`: a repository, or `type=registry,ref=…`, `type=local,src=…`. */
export function readCacheSource(text: string): CacheLocation {
  return readRepository(text) ?? readCache('--cache-from', text).location;
}

/**
 * `--cache-to`: a repository, which gets all results as with podman, or `type=registry,ref=…`, `type=local,dest=…`,
 * whose mode is min unless it is given, as with docker.
 */
export function readCacheTarget(text: string): CacheTarget {
  const repository = readRepository(text);
  if (repository !== null) return { ...repository, mode: 'max' };
  const { pairs, location } = readCache('--cache-to', text);
  const only = 'a cache is an OCI manifest';
  requireTrue('--cache-to', text, pairs, { 'oci-mediatypes': only, 'image-manifest': only });
  const mode = pairs.get('mode') ?? 'min';
  if (mode !== 'min' && mode !== 'max') throw badValue('--cache-to', text, 'mode is min or max');
  return { ...location, mode };
}

/** Lines `NAME=VALUE` of a file of arguments; a name alone takes the caller's variable. */
function readArgumentFile(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trimStart())
      .filter((line) => line !== '' && !line.startsWith('#'));
  } catch (cause) {
    throw new BryoError('bad-flag-value', `parsing file "${file}": open ${file}: ${why(cause)}`, {
      cause,
    });
  }
}

/** `--build-arg-file` and, over them, `--build-arg`. A name alone takes the caller's variable. */
export function readBuildArguments(
  files: readonly string[],
  given: readonly string[],
): Record<string, string> {
  const result = new Map<string, string>();
  for (const word of [...files.flatMap(readArgumentFile), ...given]) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (name === '') throw badValue('--build-arg', word, 'a name is needed');
    const value = equals < 0 ? process.env[name] : word.slice(equals + 1);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return Object.fromEntries(result);
}
