import type { Conversion } from './conversion.ts';
import { mountFlags, networkFlags } from './convert-mounts.ts';
import { imageNameOf, objectNameOf } from './source.ts';

/** How systemd learns that the container is up. */
type ServiceType = 'notify' | 'oneshot';

function serviceType(conversion: Conversion): ServiceType {
  const entry = conversion.source.unit.last('Service', 'Type');
  if (entry === null || entry.value === 'notify') return 'notify';
  if (entry.value === 'oneshot') return 'oneshot';
  conversion.fail(entry, `Type=${entry.value} does not fit a container: notify or oneshot does`);
  return 'notify';
}

function checkService(conversion: Conversion): void {
  const { unit } = conversion.source;
  const mode = unit.last('Service', 'KillMode');
  if (mode !== null && mode.value !== 'mixed' && mode.value !== 'control-group') {
    conversion.fail(mode, `KillMode=${mode.value} leaves processes behind: use mixed`);
  }
  for (const key of ['User', 'Group', 'DynamicUser']) {
    const entry = unit.last('Service', key);
    if (entry !== null) {
      conversion.fail(entry, `${key}= in [Service] does not fit the service manager of a user`);
    }
  }
}

function imageWords(conversion: Conversion): string[] {
  const image = conversion.last('Image');
  const rootfs = conversion.last('Rootfs');
  if (image !== null && rootfs !== null) {
    conversion.fail(rootfs, 'Image= and Rootfs= exclude each other');
  }
  if (rootfs !== null) return ['--rootfs', conversion.path(rootfs.value)];
  if (image === null) {
    conversion.fail(null, 'neither Image= nor Rootfs= is given');
    return [];
  }
  if (!/\.(image|build)$/.test(image.value)) return [image.value];
  const unit = conversion.sibling(image, image.value);
  if (unit === null) return [];
  const name = imageNameOf(unit);
  if (name === null) conversion.fail(image, `${image.value} names no image`);
  return name === null ? [] : [name];
}

function notifyMode(conversion: Conversion): string {
  const entry = conversion.last('Notify');
  if (entry === null) return 'conmon';
  if (entry.value === 'healthy') return 'healthy';
  return conversion.readBoolean(entry) ? 'container' : 'conmon';
}

function userFlags(conversion: Conversion): string[] {
  const user = conversion.text('User');
  const group = conversion.last('Group');
  if (user === null) {
    if (group !== null) conversion.fail(group, 'Group= needs User=');
    return [];
  }
  return ['--user', group === null ? user : `${user}:${group.value}`];
}

function deviceFlags(conversion: Conversion): string[] {
  return conversion.all('AddDevice').flatMap((entry) => {
    if (!entry.value.startsWith('-')) return ['--device', entry.value];
    const device = entry.value.slice(1);
    const present = conversion.around.exists(device.split(':')[0] ?? device);
    return present ? ['--device', device] : [];
  });
}

function securityFlags(conversion: Conversion): string[] {
  const flags: string[] = [];
  if (conversion.boolean('NoNewPrivileges', false)) {
    flags.push('--security-opt', 'no-new-privileges');
  }
  if (conversion.boolean('SecurityLabelDisable', false)) {
    flags.push('--security-opt', 'label=disable');
  }
  return flags;
}

function updateFlags(conversion: Conversion): string[] {
  const entry = conversion.last('AutoUpdate');
  if (entry === null) return [];
  if (entry.value !== 'registry' && entry.value !== 'local') {
    conversion.fail(entry, `AutoUpdate=${entry.value} is neither registry nor local`);
  }
  return ['--label', `io.containers.autoupdate=${entry.value}`];
}

function podFlags(conversion: Conversion): string[] {
  const entry = conversion.last('Pod');
  if (entry === null) return [];
  if (!entry.value.endsWith('.pod')) {
    conversion.fail(entry, `Pod=${entry.value}: the name of a .pod file is needed`);
    return [];
  }
  const pod = conversion.around.find(entry.value);
  if (pod === null) {
    conversion.fail(entry, `Pod= names ${entry.value}, which does not exist`);
    return [];
  }
  conversion.bind(pod);
  return ['--pod', objectNameOf(pod)];
}

function addReload(conversion: Conversion, name: string): void {
  const command = conversion.last('ReloadCmd');
  const signal = conversion.last('ReloadSignal');
  if (command !== null && signal !== null) {
    conversion.fail(signal, 'ReloadCmd= and ReloadSignal= exclude each other');
  } else if (command !== null) {
    const words = conversion.split(command);
    conversion.serviceLines.push(`ExecReload=${conversion.command('exec', name, ...words)}`);
  } else if (signal !== null) {
    const line = conversion.command('kill', '--signal', signal.value, name);
    conversion.serviceLines.push(`ExecReload=${line}`);
  }
}

function checkExposedPorts(conversion: Conversion): void {
  for (const entry of conversion.all('ExposeHostPort')) {
    if (entry.value.includes('%') || /^\d+(-\d+)?(\/\w+)?$/.test(entry.value)) continue;
    conversion.fail(entry, `${entry.key}=${entry.value}: PORT[-PORT][/PROTOCOL] is needed`);
  }
}

/** The service of a .container file. */
export function convertContainer(conversion: Conversion): void {
  const type = serviceType(conversion);
  checkService(conversion);
  checkExposedPorts(conversion);
  const name = objectNameOf(conversion.source);
  const environmentFiles = conversion
    .all('EnvironmentFile')
    .flatMap(({ value }) => ['--env-file', conversion.path(value)]);
  const image = imageWords(conversion);
  // The output of a oneshot service is in the journal already: its command has the service's own streams.
  const log = conversion.text('LogDriver') ?? (type === 'oneshot' ? 'k8s-file' : null);
  const words = [
    ...['run', '--name', name, '--replace', '--rm'],
    `--cgroups=${conversion.text('CgroupsMode') ?? 'split'}`,
    ...(type === 'notify' ? ['--detach', `--sdnotify=${notifyMode(conversion)}`] : []),
    ...(log === null ? [] : ['--log-driver', log]),
    ...conversion.tableFlags(),
    ...environmentFiles,
    ...userFlags(conversion),
    ...deviceFlags(conversion),
    ...securityFlags(conversion),
    ...mountFlags(conversion),
    ...networkFlags(conversion),
    ...updateFlags(conversion),
    ...podFlags(conversion),
    ...conversion.words('PodmanArgs'),
    ...image,
    ...conversion
      .all('Exec')
      .slice(-1)
      .flatMap((entry) => conversion.split(entry)),
  ];
  conversion.unitLines.push('RequiresMountsFor=%t/bryo');
  conversion.serviceLines.push(
    'Environment=PODMAN_SYSTEMD_UNIT=%n',
    `Type=${type}`,
    ...(type === 'notify' ? ['NotifyAccess=all'] : []),
    'Delegate=yes',
    'KillMode=mixed',
    'SyslogIdentifier=%N',
    `ExecStart=${conversion.command(...words)}`,
    `ExecStop=${conversion.command('stop', '--ignore', name)}`,
    `ExecStopPost=-${conversion.command('rm', '--force', '--ignore', '--volumes', name)}`,
  );
  addReload(conversion, name);
}
