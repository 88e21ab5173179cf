import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { loadPolicy, type Policy, type Requirement } from '../../image/policy/policy.ts';
import { findSignatureStorage } from '../../registry/registries-d.ts';
import { defineCommand } from '../command.ts';
import { formatTable } from '../format/table.ts';
import { headingOption } from '../options/shared.ts';

interface Row extends Record<string, unknown> {
  transport: string;
  name: string;
  type: string;
  keys: string;
  store: string;
}

function typeWord(requirement: Requirement): string {
  switch (requirement.type) {
    case 'insecureAcceptAnything':
      return 'accept';
    case 'signedBy':
      return 'signed';
    case 'unsupported':
      return requirement.what;
    default:
      return requirement.type;
  }
}

function keysOf(requirement: Requirement): string {
  if (!('keys' in requirement)) return '';
  return 'paths' in requirement.keys ? requirement.keys.paths.join(', ') : 'in the policy';
}

/** Where the signatures of a scope are read from; only those of registries have such a place. */
function storeOf(transport: string, scope: string, requirement: Requirement): string {
  if (transport !== 'docker' || requirement.type !== 'signedBy' || scope === '') return '';
  const parts = scope.split('/');
  const scopes = parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
  return findSignatureStorage(scopes, { env: process.env, home: homedir() }).lookaside ?? '';
}

function rowsOf(policy: Policy): Row[] {
  const make = (transport: string, scope: string, list: readonly Requirement[]): Row[] =>
    list.map((requirement) => ({
      transport: transport === 'docker' ? 'repository' : transport,
      name: scope,
      type: typeWord(requirement),
      keys: keysOf(requirement),
      store: storeOf(transport, scope, requirement),
    }));
  const scopes = [...policy.transports].flatMap(([transport, lists]) =>
    [...lists].flatMap(([scope, list]) => make(transport, scope, list)),
  );
  return [...make('all', 'default', policy.default), ...scopes];
}

const notSet = 'policy.json says what may come in: edit it';

export const command = defineCommand({
  name: 'image-trust',
  noun: 'image',
  summary: 'Show which images may come in',
  synopsis: 'show',
  arguments: { min: 1, max: 1, kind: 'none' },
  refused: { pubkeysfile: notSet, type: notSet },
  options: [
    { name: 'json', short: 'j', help: 'as JSON' },
    headingOption,
    { name: 'raw', help: 'the file as it is' },
  ],
  description: [
    'Prints the policy that bryo-pull(1), bryo-run(1), bryo-load(1) and bryo-import(1) hold images against: policy.json of ~/.config/containers or /etc/containers (containers-policy.json(5)).',
  ],
  examples: [{ command: 'bryo image trust show --raw', says: 'the policy itself' }],
  async run({ args, context, flag }) {
    if (args[0] !== 'show') {
      throw new BryoError('usage', `image trust ${args[0]} is not supported, only show`, {
        hint: 'edit policy.json to change what may come in',
      });
    }
    const policy = loadPolicy({ env: process.env, home: homedir(), path: null });
    if (policy === null) {
      throw new BryoError('no-policy', 'there is no policy.json: every image may come in');
    }
    const rows = rowsOf(policy);
    if (flag('raw')) context.stdout.write(readFileSync(policy.path, 'utf8'));
    else if (flag('json')) context.stdout.write(`${jsonText(rows, 4)}\n`);
    else {
      context.stdout.write(
        formatTable(
          [
            { title: 'TRANSPORT', cell: (row) => row.transport },
            { title: 'NAME', cell: (row) => row.name },
            { title: 'TYPE', cell: (row) => row.type },
            { title: 'ID', cell: (row) => row.keys },
            { title: 'STORE', cell: (row) => row.store },
          ],
          rows,
          { dialect: context.dialect, heading: !flag('noheading') },
        ),
      );
    }
    return 0;
  },
});
