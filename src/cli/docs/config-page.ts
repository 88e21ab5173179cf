import type { ConfigKey } from '../../config/keys/key.ts';
import { foreignTables } from '../../config/keys/others.ts';
import { configKeys } from '../../config/keys/table.ts';
import { heading, prose, roff } from './roff.ts';

const description = [
  'bryo reads the files of podman’s containers.conf(5), in the same order: what a later one says holds over what an earlier one has said, and a flag of the command line over all of them. A list takes the place of an earlier one, unless one of its entries is {append=true}: then it is added to, and so are those of later files until one has {append=false}. Tables are put together.',
  'A file that cannot be understood is an error that names file and line. Keys that have no meaning here change nothing; bryo-doctor(1) tells which of them the files have, and bryo-info(1) which files were read.',
];

const files = [
  [
    '/usr/share/containers/containers.conf, /etc/containers/containers.conf, /etc/containers/containers.conf.d/*.conf, $XDG_CONFIG_HOME/containers/containers.conf, $XDG_CONFIG_HOME/containers/containers.conf.d/*.conf',
    'Read in this order. $CONTAINERS_CONF names a file that takes the place of all of these, $CONTAINERS_CONF_OVERRIDE one that is read after all others.',
  ],
  [
    '$XDG_CONFIG_HOME/containers/containers.conf.modules, /etc/containers/containers.conf.modules, /usr/share/containers/containers.conf.modules',
    'Where the files of --module are looked for that are no absolute paths. They are read after the others, in the order of the command line.',
  ],
  [
    '$XDG_CONFIG_HOME/containers/storage.conf, /etc/containers/storage.conf, /usr/share/containers/storage.conf',
    'The first of them counts, or the one that $CONTAINERS_STORAGE_CONF names. Of [storage] it says graphroot, runroot and rootless_storage_path (bryo keeps its files in a directory bryo there; podman’s own places say nothing), driver vfs, [storage.options] additionalimagestores (podman’s stores, from which an image is taken that is not in the store) and mount_program. The machine’s files say of these places only rootless_storage_path to ordinary users.',
  ],
  [
    '$XDG_CONFIG_HOME/containers/mounts.conf, /etc/containers/mounts.conf, /usr/share/containers/mounts.conf',
    'HOST:CONTAINER in each line of the first of them: what every container can read. What the host does not have is left away.',
  ],
] as const;

function flagEntry(key: ConfigKey): string | null {
  const { use } = key;
  if (use.kind !== 'flag') return null;
  const verbs = use.verbs.map((verb) => `bryo-${verb}(1)`).join(', ');
  const flag = `\\fB\\-\\-${roff(use.flag)}\\fP`;
  const says = use.adds ? `Words that come before those of ${flag} of` : `The value of ${flag} of`;
  const beside =
    use.unless.length === 0
      ? ''
      : `, unless ${use.unless.map((name) => `\\fB\\-\\-${roff(name)}\\fP`).join(', ')} is given`;
  return `${says} ${prose(verbs)}${beside}`;
}

function entry(key: ConfigKey): string[] {
  const { use, name } = key;
  if (use.kind === 'none') return [];
  const text = use.kind === 'own' ? prose(use.help) : flagEntry(key);
  return [`.TP\n\\fB${roff(name.slice(name.indexOf('.') + 1))}\\fP\n${text}.`];
}

function section(table: string): string {
  const keys = [...configKeys.values()].filter(({ name }) => name.startsWith(`${table}.`));
  const sorted = keys.sort((a, b) => a.name.localeCompare(b.name));
  return `.SS [${table}]\n${sorted.flatMap(entry).join('\n')}`;
}

/** The reasons why keys have no meaning, with the keys. */
function meaningless(): string {
  const byReason = new Map<string, string[]>();
  for (const { name, use } of configKeys.values()) {
    if (use.kind === 'none') byReason.set(use.why, [...(byReason.get(use.why) ?? []), name]);
  }
  for (const [table, why] of Object.entries(foreignTables)) byReason.set(why, [`[${table}]`]);
  const entries = [...byReason].map(
    ([why, names]) =>
      `.TP\n${names.map((name) => `\\fB${roff(name)}\\fP`).join(', ')}\n${prose(why)}.`,
  );
  return `.SS Without meaning here\n${entries.join('\n')}`;
}

/** The man page of containers.conf. */
export function configPage(version: string): string {
  const parts = [
    heading('bryo-containers.conf', 5, version),
    '.SH NAME\nbryo\\-containers.conf \\- what containers have that no flag speaks of',
    `.SH DESCRIPTION\n${description.map(prose).join('\n.PP\n')}`,
    `.SH KEYS\n${['containers', 'engine', 'network', 'secrets'].map(section).join('\n')}`,
    meaningless(),
    `.SH FILES\n${files.map(([path, what]) => `.TP\n\\fI${roff(path)}\\fP\n${prose(what)}`).join('\n')}`,
    '.SH EXAMPLES\n.TP\nEvery container has this variable and a process 1 that cleans up:\n.EX\n[containers]\nenv = ["EDITOR=vi"]\ninit = true\n.EE',
    '.SH SEE ALSO\n\\fBbryo\\fP(1), \\fBbryo\\-run\\fP(1), \\fBbryo\\-doctor\\fP(1), \\fBcontainers.conf\\fP(5)',
  ];
  return `${parts.join('\n')}\n`;
}
