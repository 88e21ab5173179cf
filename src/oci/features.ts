import { seccompActions, seccompOperators } from '../container/seccomp/compile.ts';
import { capabilityNames, mountPropagation } from '../plan/flags.ts';
import { mountOptionNames } from '../plan/mount-options.ts';
import { memoryPolicyFlags, memoryPolicyModes } from './memory-policy.ts';
import { specVersion } from './spec-version.ts';

/** The document that `features` prints (runtime-spec features.md). */
export function features() {
  const propagation = Object.keys(mountPropagation).flatMap((name) => [name, `r${name}`]);
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: specVersion,
    hooks: [
      'prestart',
      'createRuntime',
      'createContainer',
      'startContainer',
      'poststart',
      'poststop',
    ],
    mountOptions: [...mountOptionNames, ...propagation].sort(),
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
      capabilities: capabilityNames,
      memoryPolicy: { modes: memoryPolicyModes, flags: memoryPolicyFlags },
      cgroup: { v1: false, v2: true, systemd: true, systemdUser: true, rdma: false },
      seccomp: {
        enabled: true,
        actions: seccompActions,
        operators: seccompOperators,
        archs: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_AARCH64'],
        knownFlags: [
          'SECCOMP_FILTER_FLAG_TSYNC',
          'SECCOMP_FILTER_FLAG_LOG',
          'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
          'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
        ],
        supportedFlags: [
          'SECCOMP_FILTER_FLAG_TSYNC',
          'SECCOMP_FILTER_FLAG_LOG',
          'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
          'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
        ],
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: false, schemata: false, monitoring: false },
      netDevices: { enabled: true },
      mountExtensions: { idmap: { enabled: true } },
    },
  };
}
