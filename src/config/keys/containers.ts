import { added, type ConfigKey, flag, own, without } from './key.ts';

/** Verbs that make containers, also those of Kubernetes YAML. */
const playing = ['run', 'create', 'kube-play'] as const;

/** Flags for things that a container of a pod has of the pod. */
const ofPods = ['pod', 'pod-id-file'];
/** Flags that say how ids are mapped. */
const idMaps = ['uidmap', 'gidmap', 'subuidname', 'subgidname'];
const networked = { verbs: ['run', 'create', 'pod-create'], unless: ofPods };

const noLabels = 'bryo sets no labels of SELinux and no profiles of AppArmor';

/** The table [containers]. */
export const containerKeys: readonly ConfigKey[] = [
  added('containers.annotations', 'texts', 'annotation'),
  flag('containers.base_hosts_file', 'text', 'hosts-file', {
    unless: ['no-hosts', ...ofPods],
    words: (path) => (path === '' ? [] : [String(path)]),
  }),
  added('containers.cgroup_conf', 'texts', 'cgroup-conf'),
  flag('containers.cgroupns', 'text', 'cgroupns', { unless: ofPods }),
  flag('containers.cgroups', 'text', 'cgroups', { unless: ofPods }),
  own(
    'containers.container_name_as_hostname',
    'flag',
    "A container's host name is its name, without what no host name may have, unless --hostname says another",
  ),
  own(
    'containers.default_capabilities',
    'texts',
    'The capabilities of a container to which --cap-add adds and from which --cap-drop takes',
  ),
  own(
    'containers.default_sysctls',
    'texts',
    'Settings of namespaces that a container has for its own; --sysctl holds over them',
  ),
  added('containers.default_ulimits', 'texts', 'ulimit'),
  added('containers.devices', 'texts', 'device'),
  flag('containers.dns_options', 'texts', 'dns-option', networked),
  flag('containers.dns_searches', 'texts', 'dns-search', networked),
  flag('containers.dns_servers', 'texts', 'dns', networked),
  own('containers.env', 'texts', "Variables of containers, over which an image's hold"),
  flag('containers.env_host', 'flag', 'env-host'),
  own(
    'containers.host_containers_internal_ip',
    'text',
    'The address of host.containers.internal; none: containers do not know that name',
  ),
  flag('containers.http_proxy', 'flag', 'http-proxy'),
  flag('containers.init', 'flag', 'init'),
  flag('containers.ipcns', 'text', 'ipc', { unless: ofPods }),
  flag('containers.log_driver', 'text', 'log-driver', { verbs: playing }),
  added('containers.log_path', 'text', 'log-opt', { words: (path) => [`path=${path}`] }),
  added('containers.log_size_max', 'number', 'log-opt', {
    verbs: playing,
    words: (size) => [`max-size=${Number(size) < 0 ? '-1' : size}`],
  }),
  own('containers.log_tag', 'text', 'With the log driver journald, its --log-opt tag'),
  own(
    'containers.mounts',
    'texts',
    'Mounts of containers, as --mount has them; those of the command line take their places',
  ),
  flag('containers.netns', 'text', 'network', networked),
  flag('containers.no_hosts', 'flag', 'no-hosts', {
    unless: ['add-host', 'hosts-file', ...ofPods],
  }),
  flag('containers.oom_score_adj', 'number', 'oom-score-adj'),
  flag('containers.pidns', 'text', 'pid', { unless: ofPods }),
  own(
    'containers.pids_limit',
    'number',
    'How many processes a container may have where its control group can count them, unless --pids-limit says it (2048); 0 or -1: any number',
  ),
  flag('containers.privileged', 'flag', 'privileged', { verbs: ['run', 'create', 'exec'] }),
  flag('containers.read_only', 'flag', 'read-only'),
  added('containers.seccomp_profile', 'text', 'security-opt', {
    words: (path) => (path === '' ? [] : [`seccomp=${path}`]),
  }),
  flag('containers.shm_size', 'text', 'shm-size', { unless: ['ipc'] }),
  flag('containers.tz', 'text', 'tz', { words: (zone) => (zone === '' ? [] : [String(zone)]) }),
  flag('containers.umask', 'text', 'umask'),
  flag('containers.userns', 'text', 'userns', { unless: [...idMaps, ...ofPods] }),
  flag('containers.utsns', 'text', 'uts', { unless: ofPods }),
  own(
    'containers.volumes',
    'texts',
    'Volumes of containers, as --volume has them; those of the command line take their places',
  ),
  ...without(noLabels, {
    'containers.apparmor_profile': 'text',
    'containers.label': 'flag',
    'containers.label_users': 'flag',
  }),
  ...without('what --init runs is a part of bryo', { 'containers.init_path': 'text' }),
  ...without('interfaces are eth0, eth1 and so on, unless --network says otherwise', {
    'containers.interface_name': 'text',
  }),
  ...without('every container has a keyring of its own', { 'containers.keyring': 'flag' }),
  ...without('volumes get the files of an image when a container is first started', {
    'containers.prepare_volume_on_create': 'flag',
  }),
  ...without('podman does not read it either', { 'containers.userns_size': 'number' }),
];
