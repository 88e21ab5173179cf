import { settingsOf } from '../../../cgroup/limits.ts';
import { withVolumesFrom } from '../../../engine/containers/volumes-from.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { PodRequest } from '../../../engine/pods/create.ts';
import { type ExitPolicy, readShare } from '../../../pod/pod.ts';
import { type ContainerOptions, defaultContainerOptions } from '../../../request/container.ts';
import { readDevice } from '../../../request/devices.ts';
import { readRestart } from '../../../request/lifecycle.ts';
import type { ResourceLimits } from '../../../request/limits.ts';
import { readVolumesFrom } from '../../../request/mounts/volume-flag.ts';
import { noSecurityChoices, readSecurityChoices } from '../../../request/security.ts';
import { type Field, refuse } from '../../body/field.ts';
import { readMonitorPidFile } from './container.ts';
import { readResources } from './limits.ts';
import { readMounts } from './mounts.ts';
import { namespaceWords, readNamespaces } from './namespaces.ts';
import { readSharedNetwork } from './network.ts';

function readExitPolicy(field: Field): ExitPolicy {
  const word = field.word() ?? 'continue';
  if (word === 'continue' || word === 'stop') return word;
  throw field.problem(
    `running pod create option: invalid pod exit policy: ${JSON.stringify(word)}`,
  );
}

function readSecurity(field: Field) {
  let choices = noSecurityChoices();
  for (const item of field.items()) {
    choices = item.named(() => readSecurityChoices([item.text() ?? ''], choices));
  }
  return choices;
}

/** The limits of the containers of the pod together; null: there are none. */
function readLimits(spec: Field): ResourceLimits | null {
  const limits = readResources(spec);
  return settingsOf(limits).length === 0 ? null : limits;
}

/** The options of the container that holds the pod's namespaces. */
function holderOptions(spec: Field): ContainerOptions {
  const usual = defaultContainerOptions();
  const names = { noHosts: 'no_manage_hosts', hosts: 'hostadd' };
  const shared = readSharedNetwork(spec, names);
  return {
    ...usual,
    ...shared,
    dns: spec.get('no_manage_resolv_conf').flag() ? ['none'] : shared.dns,
    ...readNamespaces(spec),
    cgroupns: usual.cgroupns,
    // The containers of the pod are to have it.
    ipc: namespaceWords(spec.get('ipcns')) === 'host' ? ('host' as const) : usual.ipc,
    shmSize: spec.get('shm_size').number(0) ?? usual.shmSize,
    sysctls: spec.get('sysctl').textMap(),
    monitorPidFile: readMonitorPidFile(spec.get('infra_conmon_pid_file')),
    log: { ...usual.log, driver: 'none' as const },
  };
}

function readRestartPolicy(spec: Field) {
  const restart = spec.get('restart_policy').read(readRestart);
  const max = spec.get('restart_tries').number(0) ?? 0;
  return restart.policy === 'on-failure' && max > 0 ? { ...restart, max } : restart;
}

/** A pod as podman's API asks for it (PodSpecGenerator, pkg/specgen/podspecgen.go). Throws HttpProblem. */
export function readPod(engine: Engine, spec: Field): PodRequest {
  refuse(spec, {
    infra_command: 'no program of an image holds the namespaces of a pod',
    serviceContainerID: 'pods of services are not supported',
  });
  const share = spec.get('shared_namespaces');
  const shared = share.named(() => readShare(share.isAbsent ? null : share.texts().join(',')));
  const infra = !spec.get('no_infra').flag() && shared.length > 0;
  const options = holderOptions(spec);
  const inherited = {
    mounts: readMounts(spec),
    devices: spec
      .get('pod_devices')
      .items()
      .map((item) => item.read(readDevice)),
    deviceEnv: {},
    security: readSecurity(spec.get('security_opt')),
    volumesFrom: spec
      .get('volumes_from')
      .items()
      .map((item) => item.read(readVolumesFrom)),
  };
  return {
    name: spec.get('name').word(),
    hostname: options.hostname,
    labels: spec.get('labels').textMap(),
    shared,
    exitPolicy: readExitPolicy(spec.get('exit_policy')),
    restart: readRestartPolicy(spec),
    ...withVolumesFrom(engine.store, inherited),
    cgroupParent: spec.get('cgroup_parent').word(),
    resources: readLimits(spec),
    infra,
    infraName: spec.get('infra_name').word(),
    infraImage: spec.get('infra_image').word(),
    options,
    createCommand: spec.get('pod_create_command').texts(),
  };
}
