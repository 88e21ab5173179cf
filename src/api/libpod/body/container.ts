import { BryoError } from '../../../base/errors.ts';
import { parseSize } from '../../../base/size.ts';
import { usualLog } from '../../../engine/containers/usual-log.ts';
import { withConfigured } from '../../../engine/containers/with-configured.ts';
import type { Engine } from '../../../engine/engine.ts';
import {
  type ContainerOptions,
  type DependenciesRequest,
  defaultContainerOptions,
  type FilesystemRequest,
  type IdentityRequest,
  type LimitsRequest,
  type RightsRequest,
} from '../../../request/container.ts';
import { readDevice } from '../../../request/devices.ts';
import type { LogRequest } from '../../../request/log.ts';
import { readVolumesFrom } from '../../../request/mounts/volume-flag.ts';
import { noSecurityChoices, readSecurityChoices } from '../../../request/security.ts';
import { validate } from '../../../request/validate.ts';
import { type Field, refuse } from '../../body/field.ts';
import { inSpecFields } from './field-names.ts';
import { readHealth } from './health.ts';
import { readCgroups, readResources, readRlimit } from './limits.ts';
import { readMounts } from './mounts.ts';
import { readNamespaces } from './namespaces.ts';
import { readContainerNetwork } from './network.ts';
import { readFiles, readLifecycle, readProcess, readSecrets } from './process.ts';

function readIdentity(spec: Field): IdentityRequest {
  const rootfs = spec.get('rootfs').word();
  const image = spec.get('image').word() ?? spec.get('raw_image_name').word();
  if (image === null && rootfs === null) throw spec.get('image').problem('an image is needed');
  if (rootfs !== null && !rootfs.startsWith('/')) {
    throw spec.get('rootfs').problem('an absolute path is needed');
  }
  return {
    name: spec.get('name').word()?.replace(/^\//, '') ?? null,
    image: rootfs === null ? image : null,
    rootfs,
    labels: spec.get('labels').textMap(),
    annotations: readAnnotations(spec.get('annotations')),
  };
}

/** Annotations in which podman's client repeats flags, which the request has elsewhere. */
function readAnnotations(field: Field): Record<string, string> {
  const own = Object.entries(field.textMap()).filter(
    ([key]) => !['io.kubernetes.cri-o.TTY', 'io.container.manager'].includes(key),
  );
  return Object.fromEntries(own);
}

function readRights(spec: Field): RightsRequest {
  const privileged = spec.get('privileged').flag();
  const seccomp = spec.get('seccomp_profile_path');
  const apparmor = spec.get('apparmor_profile');
  const policy = spec.get('seccomp_policy').word() ?? 'default';
  if (policy !== 'default') {
    throw spec
      .get('seccomp_policy')
      .problem('an image cannot choose the filter it runs under', 501);
  }
  const words = (field: Field, option: string) =>
    field.items().map((item) => ({ item, word: `${option}=${item.text() ?? ''}` }));
  const asked = [
    ...(seccomp.word() === null ? [] : [{ item: seccomp, word: `seccomp=${seccomp.word()}` }]),
    ...(apparmor.word() === null ? [] : [{ item: apparmor, word: `apparmor=${apparmor.word()}` }]),
    ...words(spec.get('selinux_opts'), 'label'),
    ...words(spec.get('mask'), 'mask'),
    ...words(spec.get('unmask'), 'unmask'),
    ...words(spec.get('procfs_opts'), 'proc-opts'),
  ];
  let choices = {
    ...noSecurityChoices(),
    noNewPrivileges: spec.get('no_new_privileges').flag(),
    seccomp: privileged ? 'unconfined' : null,
    unmask: privileged ? ['ALL'] : [],
  };
  for (const { item, word } of asked) {
    choices = item.named(() => readSecurityChoices([word], choices));
  }
  return {
    capAdd: [...(privileged ? ['ALL'] : []), ...spec.get('cap_add').texts()],
    capDrop: spec.get('cap_drop').texts(),
    security: { privileged, hardened: false, ...choices },
  };
}

/** The fate of the volumes that an image declares; podman's word for volumes without names is anonymous. */
function readImageVolume(field: Field): FilesystemRequest['imageVolume'] {
  const word = field.word() ?? 'anonymous';
  if (word === 'anonymous' || word === 'bind') return 'bind';
  if (word === 'tmpfs' || word === 'ignore') return word;
  throw field.problem('anonymous, tmpfs or ignore is needed');
}

function readFilesystem(spec: Field): FilesystemRequest {
  const devices = [...spec.get('devices').items(), ...spec.get('host_device_list').items()];
  return {
    readOnly: spec.get('read_only_filesystem').flag(),
    mounts: readMounts(spec),
    volumesFrom: spec
      .get('volumes_from')
      .items()
      .map((item) => item.read(readVolumesFrom)),
    imageVolume: readImageVolume(spec.get('image_volume_mode')),
    devices: devices.map((item) => item.get('path').read(readDevice)),
    secrets: readSecrets(spec),
    files: readFiles(spec),
    shmSize: spec.get('shm_size').number(0) ?? defaultContainerOptions().shmSize,
    shmSizeSystemd: spec.get('shm_size_systemd').number(0),
  };
}

/** The log (log_configuration). */
function readLog(engine: Engine, field: Field): LogRequest {
  const options = field.get('options');
  const path = field.get('path').word() ?? options.get('path').word();
  const size = field.get('size').amount(-1);
  const files = path !== null || size !== null;
  const asked = field.get('driver').word() ?? (files ? 'k8s-file' : null);
  const log = usualLog(engine, asked, (why) =>
    field.get('driver').problem(`invalid log driver: ${why}`),
  );
  if (path !== null) {
    if (!path.startsWith('/')) throw field.get('path').problem('an absolute path is needed');
    log.path = path;
  }
  if (size !== null) log.maxSize = Math.max(0, size);
  for (const [key, value] of options.entries()) {
    if (key === 'tag') log.tag = log.driver === 'journald' ? value.text() : null;
    else if (key === 'max-size') log.maxSize = value.read((text) => parseSize(text, 1000));
    else if (key !== 'path') throw value.problem('this option of a log is not supported', 501);
  }
  return log;
}

function readLimits(spec: Field): LimitsRequest {
  return {
    cgroups: readCgroups(spec.get('cgroups_mode')),
    cgroupParent: spec.get('cgroup_parent').word(),
    resources: readResources(spec),
    oomScoreAdj: spec.get('oom_score_adj').number(-1000, 1000),
    ulimits: spec.get('r_limits').items().map(readRlimit),
    sysctls: spec.get('sysctl').textMap(),
  };
}

function readDependencies(spec: Field): DependenciesRequest {
  const kind = spec.get('init_container_type');
  const initCtr = kind.word();
  if (initCtr !== null && initCtr !== 'always' && initCtr !== 'once') {
    throw kind.problem('always or once is needed');
  }
  return {
    pod: spec.get('pod').word(),
    initCtr,
    requires: spec.get('dependencyContainers').texts(),
  };
}

/** The file that the monitor writes its process id to. */
export function readMonitorPidFile(field: Field): string | null {
  const path = field.word();
  if (path === null || path.startsWith('/')) return path;
  throw field.problem('an absolute path is needed');
}

const unsupported = {
  rootfs_overlay: 'a root filesystem is used as it is',
  rootfs_mapping: 'owners of files of a root filesystem cannot be mapped',
  devices_from: 'devices of another container are not taken over',
  storage_opts: 'options of the storage driver are not supported',
  rootfs_propagation: 'the root filesystem is private',
  init_path: 'the init of the service is used',
};

/**
 * A container as podman's API asks for it (SpecGenerator, pkg/specgen/specgen.go), checked as a whole. Throws
 * HttpProblem, which names the field.
 */
export function readContainer(engine: Engine, spec: Field): ContainerOptions {
  refuse(spec, unsupported);
  const runtime = spec.get('oci_runtime');
  if (!['', 'bryo', 'oci', 'crun', 'runc'].includes(runtime.text() ?? '')) {
    throw runtime.problem('the runtime of the service is used; no other can be chosen', 501);
  }
  const options: ContainerOptions = {
    ...defaultContainerOptions(),
    ...readIdentity(spec),
    ...readProcess(spec),
    interactive: spec.get('stdin').flag(),
    tty: spec.get('terminal').flag(),
    attach: null,
    log: readLog(engine, spec.get('log_configuration')),
    ...readLifecycle(spec),
    monitorPidFile: readMonitorPidFile(spec.get('conmon_pid_file')),
    health: readHealth(spec),
    ...readFilesystem(spec),
    ...readContainerNetwork(spec),
    ...readRights(spec),
    ...readNamespaces(spec),
    ...readLimits(spec),
    ...readDependencies(spec),
  };
  try {
    validate(options);
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    throw spec.problem(inSpecFields(error.message));
  }
  return withConfigured(options, engine.config, engine.defaultMountsFile ?? null);
}
