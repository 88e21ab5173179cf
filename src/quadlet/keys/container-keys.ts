import { each, type KeySpec, own, toggle, value, words } from './key.ts';

const image: readonly KeySpec[] = [
  own('Image', null, 'the image, or NAME.image or NAME.build of another unit'),
  own('Rootfs', 'rootfs', 'a directory to use instead of an image'),
  own('Exec', null, 'arguments of the command, in the syntax of ExecStart='),
  value('Entrypoint', 'entrypoint', "replaces the image's entrypoint"),
  value('Pull', 'pull', 'when to pull the image: always, missing, never or newer'),
  value('Retry', 'retry', 'how often a pull is tried again'),
  value('RetryDelay', 'retry-delay', 'how long to wait between the tries'),
  own('AutoUpdate', 'label', 'registry or local: what bryo-auto-update(1) shall do'),
  own('ContainerName', 'name', 'name of the container; systemd-%p otherwise'),
];

const processKeys: readonly KeySpec[] = [
  words('Environment', 'env', 'variables, as in Environment= of systemd.exec(5)'),
  own('EnvironmentFile', 'env-file', 'file with variables; relative to the unit file'),
  toggle('EnvironmentHost', 'env-host', "the service's own variables, too"),
  toggle('HttpProxy', 'http-proxy', "the caller's proxy variables, too"),
  own('User', 'user', 'user in the container'),
  own('Group', 'user', 'group in the container; needs User='),
  each('GroupAdd', 'group-add', 'supplementary group; keep-groups keeps those of the caller'),
  value('WorkingDir', 'workdir', 'working directory in the container'),
  toggle('RunInit', 'init', 'a minimal init as process 1'),
  value('StopSignal', 'stop-signal', 'signal that ends the container'),
  value('StopTimeout', 'stop-timeout', 'seconds until it is killed'),
  value('Timezone', 'tz', 'time zone; local is that of the host'),
  own('ReloadCmd', null, 'command in the container for systemctl reload'),
  own('ReloadSignal', null, 'signal to the container for systemctl reload'),
  words('Label', 'label', 'labels, KEY=VALUE'),
  words('Annotation', 'annotation', 'annotations of the OCI configuration, KEY=VALUE'),
];

const files: readonly KeySpec[] = [
  own('Volume', 'volume', 'SOURCE:TARGET[:OPTIONS]; SOURCE may be NAME.volume or ./PATH'),
  own('Mount', 'mount', 'type=TYPE,KEY=VALUE,…; source= may be NAME.volume, NAME.image or ./PATH'),
  each('Tmpfs', 'tmpfs', 'TARGET[:OPTIONS]'),
  toggle('ReadOnly', 'read-only', 'a read-only root filesystem'),
  toggle('ReadOnlyTmpfs', 'read-only-tmpfs', 'with ReadOnly=: tmpfs on /run, /tmp and /var/tmp'),
  each('Secret', 'secret', 'secret, NAME[,OPTION=VALUE…]'),
  own('AddDevice', 'device', 'device; one that begins with - may be missing'),
  value('ShmSize', 'shm-size', 'size of /dev/shm'),
];

const network: readonly KeySpec[] = [
  own('Network', 'network', 'mode, or NAME.network or NAME.container of another unit'),
  each('NetworkAlias', 'network-alias', 'further name in the network'),
  each('PublishPort', 'publish', '[[IP:]PORT:]PORT[/PROTOCOL], or fd:NAME:PORT[/PROTOCOL]'),
  each('ExposeHostPort', 'expose', 'port that the container listens on'),
  words('Egress', 'egress', 'what is reached outside; all else is refused; only bryo has it'),
  value('HostName', 'hostname', 'host name in the container'),
  each('AddHost', 'add-host', 'NAME:ADDRESS for /etc/hosts'),
  each('DNS', 'dns', 'name server'),
  each('DNSOption', 'dns-option', 'option of resolv.conf'),
  each('DNSSearch', 'dns-search', 'search domain'),
  value('IP', 'ip', 'IPv4 address'),
  value('IP6', 'ip6', 'IPv6 address'),
];

const security: readonly KeySpec[] = [
  words('AddCapability', 'cap-add', 'capabilities to add'),
  words('DropCapability', 'cap-drop', 'capabilities to drop'),
  own('NoNewPrivileges', 'security-opt', 'no new privileges by execve(2)'),
  value('SeccompProfile', 'security-opt', 'file with a seccomp profile, or unconfined', 'seccomp='),
  each('Mask', 'security-opt', 'paths to mask, with colons between them', 'mask='),
  each('Unmask', 'security-opt', 'paths not to mask, or ALL', 'unmask='),
  own('SecurityLabelDisable', 'security-opt', 'no SELinux label'),
  value('UserNS', 'userns', 'user namespace: host, keep-id, nomap or auto'),
  each('UIDMap', 'uidmap', 'mapping of user ids'),
  each('GIDMap', 'gidmap', 'mapping of group ids'),
  value('SubUIDMap', 'subuidname', 'name in /etc/subuid'),
  value('SubGIDMap', 'subgidname', 'name in /etc/subgid'),
  words('Sysctl', 'sysctl', 'kernel settings, KEY=VALUE'),
  each('Ulimit', 'ulimit', 'NAME=SOFT[:HARD]'),
];

const service: readonly KeySpec[] = [
  own('Notify', 'sdnotify', 'true: the container says READY=1 itself; healthy: its health does'),
  own('Pod', 'pod', 'NAME.pod: the pod that the container belongs to'),
  own('StartWithPod', null, 'whether the pod starts it; true unless given'),
  own('CgroupsMode', 'cgroups', 'control groups; split unless given'),
  value('Memory', 'memory', 'most memory'),
  value('PidsLimit', 'pids-limit', 'most processes'),
  own(
    'LogDriver',
    'log-driver',
    'journald, k8s-file and so on; what bryo-run(1) takes unless given',
  ),
  each('LogOpt', 'log-opt', 'option of the log driver'),
];

const health: readonly KeySpec[] = [
  value('HealthCmd', 'health-cmd', 'command of the health check'),
  value('HealthInterval', 'health-interval', 'time between checks'),
  value('HealthTimeout', 'health-timeout', 'time that a check may take'),
  value('HealthRetries', 'health-retries', 'failures until it is unhealthy'),
  value('HealthStartPeriod', 'health-start-period', 'time in which failures do not count'),
  value('HealthOnFailure', 'health-on-failure', 'none, kill, restart or stop'),
  value('HealthLogDestination', 'health-log-destination', 'where results are kept'),
  value('HealthMaxLogCount', 'health-max-log-count', 'how many results are kept'),
  value('HealthMaxLogSize', 'health-max-log-size', 'how much of each result is kept'),
  value('HealthStartupCmd', 'health-startup-cmd', 'command that has to succeed first'),
  value('HealthStartupInterval', 'health-startup-interval', 'time between its runs'),
  value('HealthStartupRetries', 'health-startup-retries', 'failures until a restart'),
  value('HealthStartupSuccess', 'health-startup-success', 'successes that are needed'),
  value('HealthStartupTimeout', 'health-startup-timeout', 'time that it may take'),
];

export const containerKeys: readonly KeySpec[] = [
  ...image,
  ...processKeys,
  ...files,
  ...network,
  ...security,
  ...service,
  ...health,
];
