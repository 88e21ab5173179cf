import { readFileSync, statSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { createSecret } from '../../engine/secrets/secrets.ts';
import { readPair } from '../../request/values.ts';
import { checkDriver } from '../../secret/drivers.ts';
import { maxSecretSize } from '../../secret/secret.ts';

import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';

/** All of standard input, or as much as shows that it is too long. */
async function readStandardInput(invocation: Invocation): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of invocation.context.stdin as AsyncIterable<Uint8Array>) {
    parts.push(part);
    size += part.length;
    if (size > maxSecretSize) break;
  }
  return Buffer.concat(parts);
}

function readFile(path: string): Uint8Array {
  try {
    const stat = statSync(path);
    if (stat.isFile() && stat.size > maxSecretSize) return new Uint8Array(maxSecretSize);
    return readFileSync(path);
  } catch (cause) {
    const why = errnoCode(cause) === 'ENOENT' ? 'no such file or directory' : errnoCode(cause);
    throw new BryoError('bad-secret', `cannot read ${JSON.stringify(path)}: ${why ?? cause}`, {
      cause,
    });
  }
}

async function readValue(invocation: Invocation, source: string): Promise<Uint8Array> {
  if (!invocation.flag('env')) {
    return source === '-' ? readStandardInput(invocation) : readFile(source);
  }
  const value = process.env[source];
  if (value !== undefined) return Buffer.from(value);
  throw new BryoError('bad-secret', `environment variable ${JSON.stringify(source)} is not set`);
}

export const command = defineCommand({
  name: 'secret-create',
  noun: 'secret',
  summary: 'Create a secret',
  synopsis: 'NAME FILE|-',
  arguments: { min: 2, max: 2, kind: 'file' },
  options: [
    {
      name: 'driver',
      short: 'd',
      value: 'DRIVER',
      default: 'file',
      choices: ['file', 'shell'],
      help: 'who keeps the value: file (files of the store, not encrypted) or shell',
    },
    {
      name: 'driver-opts',
      value: 'KEY=VALUE,...',
      repeat: true,
      help: 'file: path=DIRECTORY; shell: the commands list, lookup, store and delete',
    },
    { name: 'env', help: 'the second argument names an environment variable with the value' },
    { name: 'label', short: 'l', value: 'KEY=VALUE', repeat: true, help: 'set a label' },
    { name: 'replace', help: 'take the place of a secret of this name' },
  ],
  description: [
    'Reads a value from a file or, with "-", from standard input, keeps it under a name and prints the secret\'s id. The value has less than 512000 bytes. The file driver keeps it in a file that only the caller can read; it is not encrypted.',
    "The shell driver runs commands of the caller's with /bin/sh, which find the secret's id in SECRET_ID: store reads the value from standard input, lookup writes it to standard output, delete forgets it.",
    'A container that is given a secret (bryo-run(1), --secret) reads it when it is started: a new value counts from the next start on, and a secret that was removed makes that start fail. A container that its restart policy starts again keeps the value that it had.',
  ],
  examples: [
    { command: 'printf %s "$PASSWORD" | bryo secret create db-password -', says: 'from a pipe' },
    {
      command:
        "bryo secret create --driver shell --driver-opts list=\"pass ls bryo\",lookup='pass bryo/$SECRET_ID',store='pass insert -m bryo/$SECRET_ID',delete='pass rm -f bryo/$SECRET_ID' key key.pem",
      says: 'kept by pass(1)',
    },
  ],
  async run(invocation) {
    const [name = '', source = ''] = invocation.args;
    const driverOptions = readDriverOptions(invocation.texts('driver-opts'));
    const driver = checkDriver(invocation.text('driver') ?? 'file', driverOptions);
    const { engine } = invocation.context;
    const id = await createSecret(engine, {
      name,
      driver,
      driverOptions,
      labels: Object.fromEntries(invocation.texts('label').map(readPair)),
      value: await readValue(invocation, source),
      replace: invocation.flag('replace'),
    });
    printLine(invocation.context, id);
    return 0;
  },
});

/** A list at its commas, unless what follows one is no `key=`: commands hold commas, too. */
function readDriverOptions(lists: readonly string[]): Record<string, string> {
  return Object.fromEntries(lists.flatMap((list) => list.split(/,(?=[a-z]+=)/)).map(readPair));
}
