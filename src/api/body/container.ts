import { BryoError } from '../../base/errors.ts';
import { parseSize } from '../../base/size.ts';
import { usualLog } from '../../engine/containers/usual-log.ts';
import { withConfigured } from '../../engine/containers/with-configured.ts';
import type { Engine } from '../../engine/engine.ts';
import {
  type ContainerOptions,
  defaultContainerOptions,
  type FilesystemRequest,
  type NamespacesRequest,
  type RightsRequest,
} from '../../request/container.ts';
import type { DeviceRequest } from '../../request/devices.ts';
import type { LogRequest } from '../../request/log.ts';
import { readNamespace } from '../../request/namespaces.ts';
import { noSecurityChoices, readSecurityChoices } from '../../request/security.ts';
import { validate } from '../../request/validate.ts';
import { type Field, refuse } from './field.ts';
import { inFields } from './field-names.ts';
import { readLimits } from './limits.ts';
import { readMounts, readVolumesFromList } from './mounts.ts';
import { readContainerNetwork } from './network.ts';
import { readEnding, readHealth, readProcess, readRestart, readStreams } from './process.ts';

function readDevice(field: Field): DeviceRequest {
  const source = field.get('PathOnHost').text() ?? '';
  const target = field.get('PathInContainer').word() ?? source;
  const permissions = field.get('CgroupPermissions').word() ?? 'rwm';
  if (!source.startsWith('/')) throw field.get('PathOnHost').problem('an absolute path is needed');
  if (!target.startsWith('/')) {
    throw field.get('PathInContainer').problem('an absolute path is needed');
  }
  if (!/^[rwm]{1,3}$/.test(permissions)) {
    throw field.get('CgroupPermissions').problem('some of the letters r, w and m are needed');
  }
  return { source, target, permissions };
}

function readRights(host: Field): RightsRequest {
  const privileged = host.get('Privileged').flag();
  const options = host.get('SecurityOpt');
  let choices = {
    ...noSecurityChoices(),
    seccomp: privileged ? 'unconfined' : null,
    unmask: privileged ? ['ALL'] : [],
  };
  for (const item of options.items()) {
    const word = item.text() ?? '';
    // docker's client reads the file itself, and sends what is in it.
    if (/^seccomp[=:]\s*[{[]/.test(word)) {
      throw item.problem('a seccomp profile within the request is not supported', 501);
    }
    choices = item.named(() => readSecurityChoices([word], choices));
  }
  // An empty list says that nothing is masked, as the client makes of systempaths=unconfined.
  const unmasks = ['MaskedPaths', 'ReadonlyPaths'].some(
    (name) => Array.isArray(host.get(name).value) && host.get(name).items().length === 0,
  );
  const unmask = unmasks && !choices.unmask.includes('ALL') ? ['ALL'] : [];
  const security = {
    privileged,
    hardened: false,
    ...choices,
    mask: [...choices.mask, ...host.get('MaskedPaths').texts()],
    unmask: [...choices.unmask, ...unmask],
  };
  return {
    capAdd: [...(privileged ? ['ALL'] : []), ...host.get('CapAdd').texts()],
    capDrop: host.get('CapDrop').texts(),
    security,
  };
}

function readNamespaces(host: Field): NamespacesRequest {
  const read = (name: string, own: readonly string[]) => {
    const field = host.get(name);
    return field.named(() => readNamespace('mode', field.word(), own));
  };
  const users = host.get('UsernsMode');
  const mode = users.word() ?? 'host';
  if (mode !== 'host') throw users.problem('user namespaces are not chosen by this API', 501);
  return {
    userns: { mode: 'host' },
    pid: read('PidMode', ['private']),
    ipc: read('IpcMode', ['shareable', 'private', 'none']),
    uts: read('UTSMode', ['private']),
    cgroupns: read('CgroupnsMode', ['private']),
  };
}

function readFilesystem(
  config: Field,
  host: Field,
): Pick<FilesystemRequest, 'readOnly' | 'mounts' | 'volumesFrom' | 'devices' | 'shmSize'> {
  return {
    readOnly: host.get('ReadonlyRootfs').flag(),
    mounts: readMounts(config, host),
    volumesFrom: readVolumesFromList(host),
    devices: host.get('Devices').items().map(readDevice),
    shmSize: host.get('ShmSize').amount(1) ?? defaultContainerOptions().shmSize,
  };
}

/** The log (LogConfig); drivers of other machines are refused. */
function readLog(engine: Engine, field: Field): LogRequest {
  const type = field.get('Type').word();
  const options = field.get('Config');
  const log = usualLog(engine, type === 'default' || type === 'local' ? null : type, (why) =>
    field.get('Type').problem(why),
  );
  for (const [key, value] of options.entries()) {
    if (key === 'max-size') log.maxSize = value.read((text) => parseSize(text, 1000));
    else if (key === 'max-file') log.maxFiles = Math.max(1, Number(value.text()) || 1);
    else if (key === 'tag' && log.driver === 'journald') log.tag = value.text();
    else if (!['compress', 'mode', 'labels', 'env', 'tag', 'max-buffer-size'].includes(key)) {
      throw value.problem('this option of a log is not supported', 501);
    }
  }
  return log;
}

const unsupported = {
  VolumeDriver: 'drivers of volumes are not supported; those of volumes that are there are used',
  StorageOpt: 'options of the storage driver are not supported',
  Cgroup: 'the control group of another container cannot be joined',
  DeviceRequests: 'requests for devices are not supported; Devices is',
};

/**
 * A container as Docker Engine's API asks for it (`POST /containers/create`), checked as a whole. Throws HttpProblem,
 * which names the field.
 */
export function readContainer(engine: Engine, body: Field, name: string | null): ContainerOptions {
  const host = body.get('HostConfig');
  refuse(host, unsupported);
  const runtime = host.get('Runtime');
  if (!['', 'bryo', 'oci', 'crun', 'runc'].includes(runtime.text() ?? '')) {
    throw runtime.problem('the runtime of the service is used; no other can be chosen', 501);
  }
  const isolation = host.get('Isolation');
  if (!/^(default)?$/i.test(isolation.text() ?? '')) {
    throw isolation.problem('Linux has only "default"', 501);
  }
  const image = body.get('Image').word();
  if (image === null) throw body.get('Image').problem('the name of an image is needed');
  const options: ContainerOptions = {
    ...defaultContainerOptions(),
    name,
    image,
    labels: body.get('Labels').textMap(),
    annotations: host.get('Annotations').textMap(),
    ...readProcess(body),
    ...readStreams(body),
    groupAdd: host.get('GroupAdd').texts(),
    init: host.get('Init').flag(),
    log: readLog(engine, host.get('LogConfig')),
    remove: host.get('AutoRemove').flag(),
    restart: readRestart(host.get('RestartPolicy')),
    ...readEnding(body),
    health: readHealth(body.get('Healthcheck')),
    ...readFilesystem(body, host),
    ...readContainerNetwork(body, host, body.get('NetworkingConfig')),
    ...readRights(host),
    ...readNamespaces(host),
    ...readLimits(host),
  };
  try {
    validate(options);
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    throw body.problem(inFields(error.message));
  }
  return withConfigured(options, engine.config, engine.defaultMountsFile ?? null);
}
