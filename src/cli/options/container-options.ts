import type { OptionSpec } from '../command.ts';
import { healthOptions } from './container/health.ts';
import { namespaceOptions } from './namespace-flags.ts';
import { authFileOption, tlsVerifyOption } from './registry.ts';
import { resourceOptions } from './resource-options.ts';

/** Flags of `run` and `create` about what the container is and runs. */
const processOptions: readonly OptionSpec[] = [
  { name: 'name', value: 'NAME', help: 'name of the container; one is made up otherwise' },
  { name: 'interactive', short: 'i', help: 'keep standard input open' },
  { name: 'tty', short: 't', help: 'give the container a terminal' },
  { name: 'rm', help: 'remove the container and its anonymous volumes when it ends' },
  {
    name: 'restart',
    value: 'POLICY',
    default: 'no',
    choices: ['no', 'on-failure', 'always', 'unless-stopped'],
    help: 'start it again when it has ended: no, on-failure[:TIMES], always or unless-stopped; not when it was stopped on purpose',
  },
  { name: 'replace', help: 'remove a container of the same name first' },
  {
    name: 'env',
    short: 'e',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: 'set an environment variable; without a value, that of the caller',
  },
  {
    name: 'env-file',
    value: 'FILE',
    repeat: true,
    help: 'read environment variables from a file, a line each',
  },
  { name: 'workdir', short: 'w', value: 'DIRECTORY', help: 'working directory in the container' },
  {
    name: 'user',
    short: 'u',
    value: 'USER[:GROUP]',
    help: "user to run as, by the container's names or by number",
  },
  {
    name: 'group-add',
    value: 'GROUP',
    repeat: true,
    help: "supplementary group; keep-groups keeps the caller's",
  },
  {
    name: 'entrypoint',
    value: 'COMMAND',
    help: "replaces the image's entrypoint: a word, or a JSON array of words",
  },
  { name: 'init', help: 'run a minimal init as process 1, which passes on signals and reaps' },
  { name: 'umask', value: 'MODE', default: '0022', help: 'file creation mask in octal' },
  {
    name: 'stop-signal',
    value: 'SIGNAL',
    help: "signal that stop sends; the image's, else SIGTERM",
  },
  {
    name: 'stop-timeout',
    value: 'SECONDS',
    default: '10',
    help: 'how long stop waits before it kills',
  },
  {
    name: 'timeout',
    value: 'SECONDS',
    default: '0',
    help: 'kill the container after this long, with status 255; 0: never',
  },
  { name: 'label', short: 'l', value: 'KEY[=VALUE]', repeat: true, help: 'set a label' },
  { name: 'label-file', value: 'FILE', repeat: true, help: 'read labels from a file, a line each' },
  {
    name: 'annotation',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'set an annotation of the OCI configuration',
  },
  {
    name: 'requires',
    value: 'CONTAINER,...',
    repeat: true,
    help: 'containers that must run before this one can; start starts them, too',
  },
  { name: 'cidfile', value: 'FILE', help: "write the container's id to a new file" },
];

const filesystemOptions: readonly OptionSpec[] = [
  {
    name: 'volume',
    short: 'v',
    value: 'SOURCE:TARGET[:OPTIONS]',
    repeat: true,
    help: 'mount a host directory or file (a path) or a volume (a name)',
  },
  {
    name: 'mount',
    value: 'KEY=VALUE,...',
    repeat: true,
    help: 'mount a bind, volume or tmpfs: type=bind,source=/src,target=/dst,readonly',
  },
  { name: 'tmpfs', value: 'TARGET[:OPTIONS]', repeat: true, help: 'mount a temporary filesystem' },
  {
    name: 'read-only',
    help: 'make the root filesystem read-only; /run, /tmp and /var/tmp become tmpfs',
  },
  {
    name: 'rootfs',
    help: 'the first argument is a directory to use as root filesystem, not an image',
  },
  { name: 'shm-size', value: 'SIZE', default: '64m', help: 'size of /dev/shm' },
  {
    name: 'secret',
    value: 'SECRET[,OPTIONS]',
    repeat: true,
    help: 'give a secret as the file /run/secrets/NAME, or type=env as a variable: target=NAME, uid=N, gid=N, mode=0444',
  },
  {
    name: 'device',
    value: 'HOST[:TARGET[:rwm]]',
    repeat: true,
    help: 'give access to a device that the caller may use',
  },
];

const networkOptions: readonly OptionSpec[] = [
  {
    name: 'network',
    aliases: ['net'],
    value: 'MODE',
    default: 'default',
    choices: ['default', 'slirp4netns', 'pasta', 'none', 'host'],
    help: 'default, slirp4netns[:OPTIONS], pasta[:OPTIONS], none, host, container:NAME or ns:PATH',
  },
  {
    name: 'publish',
    short: 'p',
    value: '[[IP:]PORT:]PORT[/PROTOCOL]',
    repeat: true,
    help: 'make a port of the container reachable on the host; ranges and /udp are allowed',
  },
  { name: 'hostname', short: 'h', value: 'NAME', help: 'host name in the container' },
  {
    name: 'add-host',
    value: 'NAME:ADDRESS',
    repeat: true,
    help: 'add a line to /etc/hosts; host-gateway stands for the host',
  },
  { name: 'no-hosts', help: "leave the image's /etc/hosts alone" },
  { name: 'dns', value: 'ADDRESS', repeat: true, help: 'name server to use' },
  { name: 'dns-search', value: 'DOMAIN', repeat: true, help: 'search domain for short names' },
  {
    name: 'dns-option',
    aliases: ['dns-opt'],
    value: 'OPTION',
    repeat: true,
    help: 'option of resolv.conf',
  },
];

const securityOptions: readonly OptionSpec[] = [
  { name: 'cap-add', value: 'CAPABILITY', repeat: true, help: 'add a capability, or ALL' },
  { name: 'cap-drop', value: 'CAPABILITY', repeat: true, help: 'drop a capability, or ALL' },
  {
    name: 'security-opt',
    value: 'OPTION',
    repeat: true,
    help: 'no-new-privileges, seccomp=FILE|unconfined, mask=PATHS, unmask=PATHS|ALL',
  },
  {
    name: 'privileged',
    help: "all capabilities, the host's devices, no system call filter, nothing masked: still no more than the caller may do",
  },
  {
    name: 'hardened',
    help: 'no capabilities, no new privileges, a read-only root filesystem, signals and abstract sockets confined to the container',
  },
  {
    name: 'userns',
    value: 'MODE',
    default: 'host',
    choices: ['host', 'keep-id', 'nomap', 'auto'],
    help: 'host, keep-id[:uid=N,gid=N], nomap, auto[:size=N], container:NAME or ns:PATH',
  },
  {
    name: 'uidmap',
    value: 'CONTAINER:ID:SIZE',
    repeat: true,
    help: 'map user ids; ID counts from 0, which is the caller',
  },
  { name: 'gidmap', value: 'CONTAINER:ID:SIZE', repeat: true, help: 'map group ids' },
  ...namespaceOptions,
  {
    name: 'ulimit',
    value: 'NAME=SOFT[:HARD]',
    repeat: true,
    help: 'resource limit, such as nofile=1024:2048',
  },
  {
    name: 'sysctl',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'kernel setting of the container’s own namespaces',
  },
];

const cgroupOptions: readonly OptionSpec[] = [
  ...resourceOptions,
  {
    name: 'cgroup-conf',
    value: 'FILE=VALUE',
    repeat: true,
    help: 'write to a file of the control group, such as memory.high=64M',
  },
  {
    name: 'cgroups',
    value: 'MODE',
    default: 'enabled',
    choices: ['enabled', 'disabled', 'split'],
    help: "enabled: a control group of its own where there can be one; disabled: the caller's; split: halves of the caller's, as a service with Delegate=yes wants it",
  },
  {
    name: 'cgroup-parent',
    value: 'PARENT',
    help: 'slice (with systemd) or path below which the control group is made',
  },
  {
    name: 'oom-score-adj',
    value: 'NUMBER',
    help: 'how soon the container is killed when memory runs out, -1000 to 1000',
  },
];

const logOptions: readonly OptionSpec[] = [
  {
    name: 'log-driver',
    value: 'DRIVER',
    default: 'k8s-file',
    choices: ['k8s-file', 'json-file', 'none', 'passthrough'],
    help: 'k8s-file (json-file means the same), none or passthrough',
  },
  {
    name: 'log-opt',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'max-size=SIZE (10m), max-file=N (3), path=FILE',
  },
];

const imageOptions: readonly OptionSpec[] = [
  {
    name: 'pull',
    value: 'POLICY',
    default: 'missing',
    choices: ['always', 'missing', 'never', 'newer'],
    help: 'when to pull the image: always, missing, never or newer',
  },
  { name: 'platform', value: 'OS/ARCH[/VARIANT]', help: 'platform of the image to pull' },
  { name: 'quiet', short: 'q', help: 'show no progress while pulling' },
  tlsVerifyOption,
  authFileOption,
];

/** The flags that `run` and `create` share. */
export const containerOptions: readonly OptionSpec[] = [
  ...processOptions,
  ...filesystemOptions,
  ...networkOptions,
  ...securityOptions,
  ...cgroupOptions,
  ...logOptions,
  ...healthOptions,
  ...imageOptions,
];
