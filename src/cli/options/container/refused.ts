/** Limits of podman's that the unified control groups do not have, each with the reason. */
export const refusedResourceFlags: Readonly<Record<string, string>> = {
  'blkio-weight-device':
    'the unified control groups have no weight of one device for all schedulers; --cgroup-conf io.weight=… writes what this kernel takes',
  'cpu-rt-period': 'the unified control groups have no real-time budgets',
  'cpu-rt-runtime': 'the unified control groups have no real-time budgets',
  'memory-swappiness':
    'the unified control groups have no swappiness of their own; see --memory-swap',
};

/**
 * Flags of podman's `run` and `create` that bryo knows and does not have, each with the reason: an
 * error that names it is better than a flag that is ignored.
 */
export const refusedContainerFlags: Readonly<Record<string, string>> = {
  ...refusedResourceFlags,
  'decryption-key': 'encrypted layers are not supported',
  'device-cgroup-rule':
    'device cgroup rules are not supported in rootless mode or in a user namespace',
  'init-path': 'the init is a part of bryo; --init uses it',
  'link-local-ip': 'podman has never implemented it',
  'oom-kill-disable':
    'the unified control groups cannot turn the OOM killer off; see --oom-score-adj',
  'rdt-class': 'Intel RDT needs root',
  'storage-opt':
    'a limit of the writable layer needs a project quota (xfs, ext4) or a quota group (btrfs), which only root may set; --read-only with --tmpfs DIR:size=SIZE limits what is written',
};
