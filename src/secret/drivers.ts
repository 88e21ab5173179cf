import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import { claimFile, syncDirectory } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { within } from '../store/staging.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import type { DriverName, SecretInfo } from './secret.ts';
import { maxSecretSize } from './secret.ts';

/** Keeps values of secrets. */
interface Driver {
  store(info: SecretInfo, value: Uint8Array): void;
  lookup(info: SecretInfo): Uint8Array;
  remove(info: SecretInfo): void;
}

/** Whether the file driver keeps a value beside the description. */
export function isBeside({ driver, driverOptions }: Pick<SecretInfo, 'driver' | 'driverOptions'>) {
  return driver === 'file' && driverOptions['path'] === undefined;
}

function checked({ name, valueSum }: SecretInfo, value: Uint8Array): Uint8Array {
  if (valueSum === undefined || addon().checksum(value) === valueSum) return value;
  throw new BryoError('bad-secret', `the value of secret ${name} is damaged: create it again`);
}

function fileDriver(store: Store): Driver {
  const place = ({ id, driverOptions }: SecretInfo): string =>
    join(driverOptions['path'] ?? storePaths.secrets(store), `${id}.data`);
  return {
    store(info, value) {
      const directory = info.driverOptions['path'];
      if (directory !== undefined) makeStoreDirectory(store, directory);
      const temporary = () => `${place(info)}.new`;
      const options = directory === undefined ? within(store) : { temporary };
      if (claimFile(place(info), value, 'durable', options)) return;
      throw new BryoError('bad-secret', `there is a file ${place(info)} already`);
    },
    lookup(info) {
      const path = place(info);
      try {
        if (statSync(path).size <= maxSecretSize) return checked(info, readFileSync(path));
      } catch (cause) {
        if (cause instanceof BryoError) throw cause;
        throw new BryoError(
          'bad-secret',
          `cannot read secret ${info.name}: ${errnoCode(cause) ?? cause}`,
          { cause },
        );
      }
      throw new BryoError('bad-secret', `cannot read secret ${info.name}: it is too long`);
    },
    remove(info) {
      for (const name of ['', '.new']) {
        rmSync(`${place(info)}${name}`, { recursive: true, force: true });
      }
      syncDirectory(join(place(info), '..'));
    },
  };
}

type ShellCommand = 'list' | 'lookup' | 'store' | 'delete';

/**
 * Commands of the user's for /bin/sh, which find the secret's id in SECRET_ID and take or give its
 * value through their standard streams.
 */
function shellDriver(): Driver {
  const run = (info: SecretInfo, command: ShellCommand, input?: Uint8Array): Uint8Array => {
    const result = spawnSync('/bin/sh', ['-c', info.driverOptions[command] ?? ''], {
      env: { ...process.env, SECRET_ID: info.id },
      input: input ?? new Uint8Array(),
      maxBuffer: maxSecretSize,
    });
    if (result.status === 0) return result.stdout;
    const [line = ''] = result.stderr?.toString('utf8').trim().split('\n').slice(-1) ?? [];
    const ended = line === '' ? `status ${result.status}` : line;
    // A command that ended without reading the value is no error (EPIPE) of its own.
    const why = result.status === null ? (result.error?.message ?? `${result.signal}`) : ended;
    throw new BryoError(
      'bad-secret',
      `the ${command} command of secret ${info.name} failed: ${why}`,
    );
  };
  return {
    store: (info, value) => void run(info, 'store', value),
    lookup: (info) => run(info, 'lookup'),
    remove: (info) => void run(info, 'delete'),
  };
}

export function driverOf(store: Store, name: DriverName): Driver {
  return name === 'file' ? fileDriver(store) : shellDriver();
}

const knownOptions: Record<DriverName, readonly string[]> = {
  file: ['path'],
  shell: ['list', 'lookup', 'store', 'delete'],
};

/** The driver of a name with its options checked. Throws BryoError `bad-flag-value`. */
export function checkDriver(name: string, options: Record<string, string>): DriverName {
  if (name !== 'file' && name !== 'shell') {
    throw new BryoError('bad-flag-value', `secret driver ${name} is not supported: file or shell`);
  }
  const known = knownOptions[name];
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new BryoError(
      'bad-flag-value',
      `--driver-opts ${unknown}: the ${name} driver knows ${known.join(', ')}`,
    );
  }
  const missing = name === 'shell' ? known.find((key) => !options[key]) : undefined;
  if (missing !== undefined) {
    throw new BryoError(
      'bad-flag-value',
      `--driver-opts ${missing}=COMMAND is needed by the shell driver`,
    );
  }
  return name;
}
