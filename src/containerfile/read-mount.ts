import { posix } from 'node:path';
import { parseSize } from '../base/size.ts';
import { Refusal } from './errors.ts';
import type { RunMount } from './instructions.ts';
import { didYouMean } from './suggest.ts';

/** Other names of keys. */
const aliases: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

const common = ['type', 'target', 'readonly', 'readwrite'];
/** Labels and sharing of mounts that podman knows and that mean nothing here. */
const tolerated = ['z', 'Z', 'relabel', 'bind-propagation', 'U', 'u', 'chown'];
const keysOf: Readonly<Record<RunMount['kind'], readonly string[]>> = {
  bind: [...common, 'from', 'source'],
  cache: [...common, 'from', 'source', 'id', 'sharing', 'uid', 'gid', 'mode'],
  tmpfs: [...common, 'size', 'mode', 'tmpcopyup'],
  secret: ['type', 'id', 'source', 'target', 'env', 'required', 'uid', 'gid', 'mode'],
  ssh: ['type', 'id', 'target', 'required', 'uid', 'gid', 'mode'],
};
const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
const kinds = Object.keys(keysOf) as RunMount['kind'][];

/** The fields of a line of CSV: commas within double quotes belong to a field. */
export function fieldsOf(text: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at] ?? '';
    if (one === '"' && quoted && text[at + 1] === '"') {
      field += '"';
      at += 1;
    } else if (one === '"') quoted = !quoted;
    else if (one === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += one;
  }
  if (quoted) throw new Refusal(`a quote is not closed in --mount ${text}`);
  return [...fields, field];
}

class MountWords {
  readonly #words = new Map<string, string | null>();

  constructor(text: string) {
    for (const field of fieldsOf(text)) {
      const equals = field.indexOf('=');
      const key = equals < 0 ? field : field.slice(0, equals);
      const name = tolerated.includes(key) ? key : key.toLowerCase();
      this.#words.set(aliases[name] ?? name, equals < 0 ? null : field.slice(equals + 1));
    }
  }

  get keys(): string[] {
    return [...this.#words.keys()];
  }

  /** Null: it was not given. */
  text(key: string): string | null {
    const value = this.#words.get(key);
    if (value === null) throw new Refusal(`invalid field '${key}' must be a key=value pair`);
    return value === undefined || value === '' ? null : value;
  }

  /** As `text`, of what may not be empty, as where a variable was to give it. */
  filled(key: string): string | null {
    if (this.#words.get(key) === '') throw new Refusal(`'${key}' points to an empty value`);
    return this.text(key);
  }

  /** Null: it was not given; without a value it is true. */
  on(key: string): boolean | null {
    const value = this.#words.get(key);
    if (value === undefined) return null;
    if (value === null || /^(1|t|true)$/i.test(value)) return true;
    if (/^(0|f|false)$/i.test(value)) return false;
    throw new Refusal(`invalid value for ${key}: ${value}`);
  }

  number(key: string, absent: number, base: 8 | 10 = 10): number {
    const value = this.text(key);
    if (value === null) return absent;
    const sound = base === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/;
    const number = sound.test(value) ? Number.parseInt(value, base) : Number.NaN;
    if (!(number < (base === 8 ? 0o10000 : 2 ** 32 - 1))) {
      throw new Refusal(`invalid value ${value} for ${key}`);
    }
    return number;
  }
}

function sizeOf(text: string | null): number | null {
  try {
    return text === null ? null : parseSize(text);
  } catch {
    throw new Refusal(`invalid value for size: ${text}`);
  }
}

/** Reads the value of `RUN --mount`, of which variables are replaced. Throws Refusal. */
export function readMount(text: string): RunMount {
  const words = new MountWords(text);
  const name = words.text('type')?.toLowerCase() ?? 'bind';
  const kind = kinds.find((one) => one === name);
  if (kind === undefined) {
    throw new Refusal(`unsupported mount type "${name}"`, didYouMean(name, kinds));
  }
  const wrong = words.keys.find((key) => !keysOf[kind].includes(key) && !tolerated.includes(key));
  if (wrong !== undefined) {
    const why = `unexpected key '${wrong}' for mount type '${kind}'`;
    throw new Refusal(why, didYouMean(wrong, [...keysOf[kind], ...Object.keys(aliases)]));
  }
  const propagation = words.text('bind-propagation');
  if (propagation !== null && !propagations.includes(propagation)) {
    const why = `invalid mount option "bind-propagation=${propagation}"`;
    throw new Refusal(why, didYouMean(propagation, propagations));
  }
  const writable = words.on('readwrite');
  const readOnly = words.on('readonly') ?? (writable === null ? kind === 'bind' : !writable);
  const target = words.text('target');
  const place = { target, readOnly };
  const owner = (mode: number) => ({
    uid: words.number('uid', 0),
    gid: words.number('gid', 0),
    mode: words.number('mode', mode, 8),
  });
  if (target === null && (kind === 'bind' || kind === 'cache' || kind === 'tmpfs')) {
    throw new Refusal(`a mount of type ${kind} needs a target`);
  }
  const from = kind === 'bind' || kind === 'cache' ? words.filled('from') : null;
  switch (kind) {
    case 'bind':
      return { kind, from, source: words.text('source') ?? '/', ...place };
    case 'tmpfs':
      return {
        kind,
        size: sizeOf(words.text('size')),
        copyUp: words.on('tmpcopyup') ?? false,
        ...place,
      };
    case 'cache': {
      const sharing = words.text('sharing')?.toLowerCase() ?? 'shared';
      if (sharing !== 'shared' && sharing !== 'private' && sharing !== 'locked') {
        const known = ['shared', 'private', 'locked'];
        throw new Refusal(`unsupported sharing value "${sharing}"`, didYouMean(sharing, known));
      }
      const source = words.text('source') ?? '/';
      if (from === null && posix.normalize(`/${source}`) !== '/') {
        throw new Refusal(`source=${source}: a cache has parts only of what from= names`);
      }
      return { kind, id: words.text('id'), sharing, from, source, ...place, ...owner(0o755) };
    }
    case 'secret': {
      const source = words.text('source');
      const id = words.text('id') ?? source;
      if (source !== null && words.text('id') !== null) {
        throw new Refusal("both source and id can't be set");
      }
      const env = words.text('env');
      if (id === null && target === null) {
        throw new Refusal('a secret needs an id or a target');
      }
      return { kind, id, env, required: words.on('required') ?? false, target, ...owner(0o400) };
    }
    case 'ssh': {
      const required = words.on('required') ?? false;
      return { kind, id: words.text('id') ?? 'default', required, target, ...owner(0o600) };
    }
  }
}
