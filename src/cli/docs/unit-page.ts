import type { KeySpec } from '../../quadlet/keys/key.ts';
import { refusedKeys } from '../../quadlet/keys/key.ts';
import { keyTable } from '../../quadlet/keys/table.ts';
import { ownSections, type UnitKind, unitCommands, unitKinds } from '../../quadlet/kinds.ts';
import type { Product } from '../../quadlet/source.ts';
import { heading, prose, roff } from './roff.ts';

/** Examples that test/vm/services/examples.ts runs. */
export const unitExamples = [
  {
    file: 'web.container',
    says: 'A server that starts with the user’s services',
    text: `[Unit]
Description=A server

[Container]
Image=docker.io/library/nginx
PublishPort=8080:80
Volume=content.volume:/usr/share/nginx/html:ro
Memory=256m

[Service]
Restart=always

[Install]
WantedBy=default.target
`,
  },
  {
    file: 'content.volume',
    says: 'Its volume',
    text: '[Volume]\nLabel=app=web\n',
  },
  {
    file: 'backup.container',
    says: 'A job that a timer starts',
    text: `[Container]
Image=docker.io/library/busybox
Exec=tar -C /data -cf /backup/data.tar .
Volume=%h/data:/data:ro
Volume=%h/backup:/backup

[Service]
Type=oneshot
`,
  },
] as const;

function keyEntry({ name, use, help }: KeySpec): string {
  const flag = use.flag === null || use.how === 'own' ? '' : ` (\\fB\\-\\-${roff(use.flag)}\\fP)`;
  return `.TP\n\\fB${name}=\\fP\n${prose(help)}${flag}.`;
}

/** The keys that this bryo has the flags for, and the names of the others. */
function section(kind: UnitKind, product: Product): string {
  const flags = product.flags(unitCommands[kind]);
  const isSupported = ({ use }: KeySpec): boolean =>
    flags !== null && (use.flag === null || flags.has(use.flag));
  const known = keyTable[kind].filter(isSupported);
  const missing = keyTable[kind].filter((key) => !isSupported(key)).map(({ name }) => name);
  const title = `.SS [${ownSections[kind]}]`;
  if (flags === null) {
    const names = keyTable[kind].map(({ name }) => name).join(', ');
    return `${title}\nA \\fI.${kind}\\fP file is an error: this bryo has no \\fBbryo ${unitCommands[kind]}\\fP. Its keys would be ${names}.`;
  }
  const sorted = [...known].sort((a, b) => a.name.localeCompare(b.name));
  const rest =
    missing.length === 0
      ? ''
      : `\n.PP\nAn error, for \\fBbryo ${unitCommands[kind]}\\fP has no flag for it: ${missing.join(', ')}.`;
  return `${title}\nOf \\fI.${kind}\\fP files.\n${sorted.map(keyEntry).join('\n')}${rest}`;
}

const description = [
  'Unit files describe containers, volumes and the like the way systemd describes services. bryo-user-generator, which systemd runs when a user’s service manager starts or is reloaded, makes a service of each: web.container becomes web.service, data.volume becomes data-volume.service. They are podman’s unit files (Quadlet), with the same keys; a key that bryo cannot honour is an error in the journal that names file, line and key, and no service is made then.',
  'Sections that are not listed here go into the service as they are: [Unit], [Service], [Install] (see systemd.unit(5), systemd.service(5)). Specifiers such as %h and %i are systemd’s to replace, in all values; words are quoted by the rules of systemd.service(5).',
  'A container’s service is of Type=notify, and the container’s monitor is its main process: besides it only a network helper stays. The service is started once the container’s process runs; with Notify=true once that says so, with Notify=healthy once its health check succeeds. Output goes to the journal (journalctl --user -u web). Sockets of a socket unit of the same name are handed on to the container; with PublishPort=fd:NAME:PORT those that have FileDescriptorName=NAME there lead to its port instead, for servers that know nothing of this. A pod’s service takes them, too: web.pod those of web-pod.socket. With Type=oneshot in [Service] the service lasts as long as the command. A container that SIGTERM ends, as a stop does, has the status 143, and its service has failed then, unless SuccessExitStatus=143 is in [Service].',
  'A service that is generated cannot be enabled or disabled: [Install] says what starts it (Alias=, WantedBy=, RequiredBy=, UpheldBy=). The target is default.target; a user’s manager has no multi-user.target. Services run without a session when an administrator has said loginctl enable-linger USER.',
];

const files = [
  [
    '$XDG_RUNTIME_DIR/containers/systemd, ~/.config/containers/systemd, /etc/containers/systemd/users/UID, /etc/containers/systemd/users, /usr/share/containers/systemd/users/UID, /usr/share/containers/systemd/users',
    'Unit files, in folders, too. Of two with one name that in the earlier directory counts. $QUADLET_UNIT_DIRS, directories with colons between them, replaces all of these.',
  ],
  [
    'web.container.d/*.conf, container.d/*.conf',
    'Drop-ins, read after the unit file in the order of their names. Those of foo-.container.d are for all units that begin with foo-.',
  ],
  [
    'web@.container',
    'A template; web@blue.container may be a link to it. DefaultInstance= in [Install] names the instance that is started by itself. Network=net@blue.network and, in a template, Network=net@%i.network name instances of net@.network; so it is with volumes.',
  ],
  [
    '/usr/local/lib/systemd/user-generators/bryo-user-generator',
    'The generator, where root has installed bryo. Where an ordinary user has, systemd does not look for it: run bryo-quadlet-install(1) after each change, which writes the services to ~/.local/share/systemd/user. Where podman’s generator is installed as well, unit files are left to it unless it is masked: ln -s /dev/null /etc/systemd/user-generators/podman-user-generator.',
  ],
] as const;

/** The man page of unit files. */
export function unitPage(product: Product, version: string): string {
  const refused = Object.entries(refusedKeys).map(
    ([name, why]) => `.TP\n\\fB${name}=\\fP\n${prose(why)}.`,
  );
  const parts = [
    heading('bryo-systemd.unit', 5, version),
    '.SH NAME\nbryo\\-systemd.unit \\- containers as services of systemd',
    `.SH SYNOPSIS\n${unitKinds.map((kind) => `\\fINAME\\fP.${kind}`).join(', ')}`,
    `.SH DESCRIPTION\n${description.map(prose).join('\n.PP\n')}`,
    `.SH KEYS\nA key that is given several times adds to a list, or the last one counts; an empty value starts anew.\n${unitKinds.map((kind) => section(kind, product)).join('\n')}`,
    `.SS Never supported\n${refused.join('\n')}`,
    '.SS [Quadlet]\n.TP\n\\fBDefaultDependencies=\\fP\nAccepted as it is: services of bryo never wait for the network to be online.',
    `.SH FILES\n${files.map(([path, what]) => `.TP\n\\fI${roff(path)}\\fP\n${prose(what)}`).join('\n')}`,
    `.SH EXAMPLES\n${unitExamples.map(({ file, says, text }) => `.TP\n${prose(`${says}, as ${file}`)}:\n.EX\n${roff(text)}.EE`).join('\n')}`,
    '.SH SEE ALSO\n\\fBbryo\\-quadlet\\-install\\fP(1), \\fBbryo\\-quadlet\\-verify\\fP(1), \\fBbryo\\-auto\\-update\\fP(1), \\fBsystemd.service\\fP(5), \\fBloginctl\\fP(1)',
  ];
  return `${parts.join('\n')}\n`;
}
