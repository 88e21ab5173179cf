import { BryoError } from '../../../base/errors.ts';
import { parseSize } from '../../../base/size.ts';
import { defaultMounts } from '../../../config/mounts-conf.ts';
import { configuredCapabilities } from '../../../engine/containers/with-configured.ts';
import type {
  BuildNetworkRequest,
  BuildRightsRequest,
  BuildRunRequest,
} from '../../../request/build.ts';
import { readBuildSecret, readBuildSsh } from '../../../request/build-words.ts';
import { checkCgroupParent, readUlimit } from '../../../request/limits.ts';
import type { MountRequest } from '../../../request/mounts/types.ts';
import { readVolumeFlag } from '../../../request/mounts/volume-flag.ts';
import { readAddHosts, readDns, readResolverWord } from '../../../request/names.ts';
import { readNamespace } from '../../../request/namespaces.ts';
import { parseNetwork } from '../../../request/network-words.ts';
import { readSecurityChoices } from '../../../request/security.ts';
import { readUserns } from '../../../request/userns.ts';
import { badValue } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { deviceOptions, readDevices } from '../container/devices.ts';
import { filesystemOptions } from '../container/filesystem.ts';
import { limitOptions } from '../container/limits.ts';
import { networkOptions } from '../container/network.ts';
import { securityOptions } from '../container/security.ts';
import { usernsOptions } from '../container/userns.ts';
import { namespaceOptions } from '../namespace-flags.ts';
import { readNewResources } from '../resource-options.ts';

/** Flags that `run` has as well, by name. */
const shared = [
  ...['network', 'add-host', 'no-hosts', 'dns', 'dns-search', 'dns-option'],
  ...['cap-add', 'cap-drop', 'security-opt', 'userns', 'pid', 'ipc', 'uts', 'cgroupns'],
  ...['memory', 'memory-swap', 'cpus', 'cpu-shares', 'cpu-quota', 'cpu-period'],
  ...['cpuset-cpus', 'cpuset-mems', 'cgroup-parent', 'ulimit', 'shm-size', 'volume', 'device'],
];

const ofRun = [
  ...[...networkOptions, ...securityOptions, ...usernsOptions, ...namespaceOptions],
  ...[...limitOptions, ...filesystemOptions, ...deviceOptions],
].filter(({ name }) => shared.includes(name));

/** Flags of `build` about the containers of RUN. */
export const buildRunOptions: readonly OptionSpec[] = [
  ...ofRun,
  {
    name: 'userns-uid-map',
    value: 'CONTAINER:ID:SIZE',
    repeat: true,
    help: 'map user ids of RUN; ID counts from 0, which is the caller, or is @ID of the host',
  },
  {
    name: 'userns-gid-map',
    value: 'CONTAINER:ID:SIZE',
    repeat: true,
    help: 'map group ids of RUN',
  },
  {
    name: 'group-add',
    value: 'GROUP',
    repeat: true,
    help: 'further group of the commands of RUN; keep-groups: those of the caller',
  },
  { name: 'no-hostname', help: "leave the image's /etc/hostname alone" },
  {
    name: 'http-proxy',
    on: true,
    help: "give RUN the caller's proxy variables, which the image does not keep",
  },
  {
    name: 'secret',
    value: 'id=NAME[,src=FILE|env=VARIABLE]',
    repeat: true,
    help: 'secret for RUN --mount=type=secret,id=NAME, out of a file or a variable',
  },
  {
    name: 'ssh',
    value: 'ID[=SOCKET|KEY,...]',
    repeat: true,
    help: "agent for RUN --mount=type=ssh; default alone is the caller's (SSH_AUTH_SOCK)",
  },
  {
    name: 'isolation',
    value: 'KIND',
    default: 'oci',
    choices: ['oci', 'rootless', 'chroot'],
    help: 'oci, rootless and chroot are all the same: RUN is a container with namespaces of its own',
  },
  { name: 'stdin', help: 'let the commands of RUN read standard input' },
];

/** Says that a pair of flags contradicts itself. */
function checkNetwork({ text, given }: Invocation): void {
  const isChroot = text('isolation')?.toLowerCase() === 'chroot';
  if (isChroot && given('network') && text('network') !== 'host') {
    throw new BryoError(
      'bad-flag-value',
      'cannot set --network other than host with --isolation chroot',
      { hint: 'leave --isolation away: every RUN is a container' },
    );
  }
  if (text('network') !== 'none') return;
  for (const name of ['dns', 'dns-option', 'dns-search']) {
    if (!given(name)) continue;
    throw new BryoError(
      'bad-flag-value',
      `the --${name} option cannot be used with --network=none`,
    );
  }
}

function readIsolation(text: string): void {
  if (['', 'default', 'oci', 'rootless', 'chroot'].includes(text.toLowerCase())) return;
  throw new BryoError('bad-flag-value', `unrecognized isolation type ${JSON.stringify(text)}`, {
    hint: 'oci, rootless and chroot are known, and all the same',
  });
}

function readNetwork(invocation: Invocation): BuildNetworkRequest {
  const { text, texts, flag } = invocation;
  checkNetwork(invocation);
  if (flag('no-hosts') && texts('add-host').length > 0) {
    throw new BryoError(
      'bad-flag-value',
      '--no-hosts and --add-host conflict, can not be used together',
    );
  }
  // What buildah calls container is a network of its own: the default.
  const given = text('network') ?? 'default';
  const mode = given === 'container' ? 'default' : given;
  const resolver = (name: string) => texts(name).map((word) => readResolverWord(`--${name}`, word));
  return {
    network: parseNetwork(mode),
    addHosts: texts('add-host').flatMap(readAddHosts),
    dns: readDns(texts('dns').flatMap((word) => word.split(','))),
    dnsSearch: resolver('dns-search'),
    dnsOptions: resolver('dns-option'),
    noHosts: flag('no-hosts'),
    noHostname: flag('no-hostname'),
    httpProxy: flag('http-proxy'),
  };
}

function readRights({ text, texts, context }: Invocation): BuildRightsRequest {
  const lists = (name: string) => texts(name).flatMap((word) => word.split(',').filter(Boolean));
  const own = (flag: string) => readNamespace(`--${flag}`, text(flag), ['private', 'shareable']);
  const choices = readSecurityChoices(texts('security-opt'));
  const security = { privileged: false, hardened: false, ...choices };
  const asked = { capAdd: lists('cap-add'), capDrop: lists('cap-drop'), security };
  return {
    ...configuredCapabilities(context.engine.config, asked),
    security,
    userns: readUserns(text('userns'), texts('userns-uid-map'), texts('userns-gid-map')),
    pid: own('pid'),
    ipc: own('ipc'),
    uts: own('uts'),
    cgroupns: own('cgroupns'),
    groupAdd: lists('group-add'),
  };
}

/** What mounts.conf(5) mounts into every container. */
function defaultMountsOf({ context: { engine } }: Invocation): MountRequest[] {
  const { defaultMountsFile = null } = engine;
  return defaultMounts(undefined, defaultMountsFile).map((words) => readVolumeFlag(`${words}:ro`));
}

/** Values of flags, of which `build` does not have all that `run` has. */
function ownValues({ given, text, texts }: Invocation): Pick<Invocation, 'text' | 'texts'> {
  return {
    text: (name) => (given(name) ? text(name) : null),
    texts: (name) => (given(name) ? texts(name) : []),
  };
}

/** Reads how RUN runs its commands. */
export function readBuildRun(invocation: Invocation): BuildRunRequest {
  const { text, texts, flag } = invocation;
  readIsolation(text('isolation') ?? '');
  const parent = text('cgroup-parent') || null;
  checkCgroupParent(parent);
  const secrets = texts('secret').map(readBuildSecret);
  const twice = secrets.find(({ id }, at) => secrets.findIndex((one) => one.id === id) !== at);
  if (twice !== undefined) throw badValue('--secret', twice.id, 'it is given twice');
  return {
    network: readNetwork(invocation),
    rights: readRights(invocation),
    resources: readNewResources(ownValues(invocation)),
    ulimits: texts('ulimit').flatMap(readUlimit),
    shmSize: parseSize(text('shm-size') ?? '64m'),
    cgroupParent: parent,
    volumes: [...defaultMountsOf(invocation), ...texts('volume').map(readVolumeFlag)],
    ...readDevices(invocation),
    secrets,
    ssh: texts('ssh').map(readBuildSsh),
    stdin: flag('stdin'),
  };
}
