import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { editPolicy, trustTypes } from '../../image/policy/edit.ts';
import {
  loadPolicy,
  ownPolicyPath,
  type Policy,
  type Requirement,
} from '../../image/policy/policy.ts';
import { findSignatureStorage } from '../../registry/registries-d.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { type Column, formatTable } from '../format/table.ts';
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

/** podman's fields, and those of the table. */
function jsonRow(row: Row): Record<string, unknown> {
  const name = row.transport === 'all' ? '* (default)' : row.name;
  return {
    ...row,
    name,
    repo_name: row.name,
    ...(row.keys !== '' && { gpg_id: row.keys }),
    ...(row.store !== '' && { sigstore: row.store }),
  };
}

function show({ context, flag, text }: Invocation): number {
  const path = text('policypath');
  const policy = loadPolicy({ env: process.env, home: homedir(), path });
  if (policy === null) {
    throw new BryoError('no-policy', 'there is no policy.json: every image may come in');
  }
  const rows = rowsOf(policy);
  if (flag('raw')) context.stdout.write(readFileSync(policy.path, 'utf8'));
  else if (flag('json')) context.stdout.write(`${jsonText(rows.map(jsonRow), 4)}\n`);
  else {
    context.stdout.write(
      formatTable(columns, rows, { dialect: context.dialect, heading: !flag('noheading') }),
    );
  }
  return 0;
}

/** The file to be changed, and the text it begins with: that of the machine where there is no other. */
function subjectOf(asked: string | null): { path: string; text: string | null } {
  const places = { env: process.env, home: homedir() };
  const path = asked === null ? ownPolicyPath(places) : resolve(asked);
  if (existsSync(path)) return { path, text: readFileSync(path, 'utf8') };
  const other = asked === null ? loadPolicy({ ...places, path: null }) : null;
  return { path, text: other === null ? null : readFileSync(other.path, 'utf8') };
}

function set({ args, text, texts }: Invocation): number {
  const [, scope] = args;
  if (scope === undefined)
    throw new BryoError('usage', 'image trust set needs a registry, or default');
  const type = text('type') ?? 'signedBy';
  if (!trustTypes.includes(type)) {
    throw new BryoError('usage', `invalid choice: ${type} (choices: ${trustTypes.join(', ')})`);
  }
  const keys = texts('pubkeysfile').map((path) => resolve(path));
  const { path, text: old } = subjectOf(text('policypath'));
  const changed = editPolicy(path, old, { scope, type, keys });
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileAtomic(path, changed, 'durable', { mode: 0o644 });
  return 0;
}

const columns: readonly Column<Row>[] = [
  { title: 'TRANSPORT', cell: (row) => row.transport },
  { title: 'NAME', cell: (row) => row.name },
  { title: 'TYPE', cell: (row) => row.type },
  { title: 'ID', cell: (row) => row.keys },
  { title: 'STORE', cell: (row) => row.store },
];

export const command = defineCommand({
  name: 'image-trust',
  noun: 'image',
  summary: 'Show or change which images may come in',
  synopsis: 'show|set [REGISTRY|default]',
  arguments: { min: 1, max: 2, kind: 'none' },
  options: [
    { name: 'json', short: 'j', help: 'as JSON' },
    headingOption,
    {
      name: 'policypath',
      value: 'FILE',
      help: 'the policy to show or change; otherwise the one that counts',
    },
    {
      name: 'pubkeysfile',
      short: 'f',
      value: 'FILE',
      repeat: true,
      help: 'public keys: an image needs a signature by one of each file',
    },
    { name: 'raw', help: 'the file as it is' },
    {
      name: 'type',
      short: 't',
      value: 'TYPE',
      default: 'signedBy',
      choices: trustTypes,
      help: 'what is required: accept, reject, signedBy or sigstoreSigned',
    },
  ],
  description: [
    'show prints the policy that bryo-pull(1), bryo-run(1), bryo-load(1) and bryo-import(1) hold images against: policy.json of ~/.config/containers or /etc/containers (containers-policy.json(5)).',
    'set says what images of a registry, or of a repository, have to be, or with default all others. It changes the policy of the caller, which begins as a copy of that of the machine.',
  ],
  examples: [
    { command: 'bryo image trust show --raw', says: 'the policy itself' },
    {
      command: 'bryo image trust set --type signedBy -f key.asc registry.example.org/team',
      says: 'only what is signed',
    },
  ],
  async run(invocation) {
    const [verb] = invocation.args;
    if (verb === 'set') return set(invocation);
    if (verb === 'show' && invocation.args.length === 1) return show(invocation);
    throw new BryoError('usage', `image trust ${invocation.args.join(' ')} is not supported`, {
      hint: 'show or set REGISTRY',
    });
  },
});
