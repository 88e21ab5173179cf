import { dirname } from 'node:path';
import type { Conversion } from './conversion.ts';
import { mountFlags, networkFlags } from './convert-mounts.ts';
import { imageNameOf, objectNameOf, serviceOf } from './source.ts';

function addOneShot(conversion: Conversion, words: readonly string[]): void {
  conversion.serviceLines.push(
    'Type=oneshot',
    'RemainAfterExit=yes',
    'SyslogIdentifier=%N',
    `ExecStart=${conversion.command(...words)}`,
  );
}

/** `--opt copy`, `--opt uid=1000`: what volume drivers take. */
function volumeOptions(conversion: Conversion): string[] {
  const flags: string[] = [];
  if (conversion.last('Copy') !== null) {
    flags.push('--opt', conversion.boolean('Copy', true) ? 'copy' : 'nocopy');
  }
  const owner = conversion.text('UID') ?? conversion.text('User');
  const group = conversion.text('GID') ?? conversion.text('Group');
  if (owner !== null) flags.push('--opt', `uid=${owner}`);
  if (group !== null) flags.push('--opt', `gid=${group}`);
  const image = conversion.last('Image');
  if (image === null) return flags;
  if (!/\.(image|build)$/.test(image.value)) return [...flags, '--opt', `image=${image.value}`];
  const unit = conversion.sibling(image, image.value);
  return unit === null ? flags : [...flags, '--opt', `image=${imageNameOf(unit) ?? ''}`];
}

function convertVolume(conversion: Conversion): void {
  addOneShot(conversion, [
    ...['volume', 'create', '--ignore'],
    ...conversion.tableFlags(),
    ...volumeOptions(conversion),
    ...conversion.words('PodmanArgs'),
    objectNameOf(conversion.source),
  ]);
}

/** The first gateway and the first range belong to the first subnet, and so on. */
function checkSubnets(conversion: Conversion): void {
  const [subnets, gateways, ranges] = ['Subnet', 'Gateway', 'IPRange'].map((key) =>
    conversion.all(key),
  );
  const most = subnets?.length ?? 0;
  for (const [entries, what] of [
    [gateways, 'gateways'],
    [ranges, 'ranges'],
  ] as const) {
    const extra = entries?.[most];
    if (extra === undefined) continue;
    conversion.fail(
      extra,
      most === 0
        ? 'cannot set gateway or range without subnet'
        : `cannot set more ${what} than subnets`,
    );
  }
}

function convertNetwork(conversion: Conversion): void {
  checkSubnets(conversion);
  const name = objectNameOf(conversion.source);
  addOneShot(conversion, [
    ...['network', 'create', '--ignore'],
    ...conversion.tableFlags(),
    ...conversion.words('PodmanArgs'),
    name,
  ]);
  if (conversion.boolean('NetworkDeleteOnStop', false)) {
    conversion.serviceLines.push(`ExecStopPost=${conversion.command('network', 'rm', name)}`);
  }
}

function convertImage(conversion: Conversion): void {
  const image = conversion.text('Image');
  if (image === null) conversion.fail(null, 'Image= is needed');
  addOneShot(conversion, [
    ...['image', 'pull'],
    ...conversion.tableFlags(),
    ...conversion.words('PodmanArgs'),
    image ?? '',
  ]);
}

/** The services of the containers that the pod starts. */
function memberServices(conversion: Conversion): string[] {
  const { source, around } = conversion;
  return around.units
    .filter(({ name, unit }) => {
      if (name.kind !== 'container') return false;
      if (unit.last('Container', 'Pod')?.value !== source.fileName) return false;
      return !/^(0|no|n|false|f|off)$/i.test(unit.last('Container', 'StartWithPod')?.value ?? '');
    })
    .map(serviceOf);
}

function convertPod(conversion: Conversion): void {
  const name = objectNameOf(conversion.source);
  const time = conversion.text('StopTimeout');
  const create = conversion.command(
    ...['pod', 'create', '--replace', '--name', name],
    ...['--exit-policy', conversion.text('ExitPolicy') ?? 'stop'],
    ...conversion.tableFlags(),
    ...mountFlags(conversion),
    ...networkFlags(conversion),
    ...conversion.words('PodmanArgs'),
  );
  for (const service of memberServices(conversion)) {
    conversion.unitLines.push(`Wants=${service}`, `Before=${service}`);
  }
  const wait = time === null ? [] : ['--time', time];
  conversion.unitLines.push('RequiresMountsFor=%t/bryo');
  conversion.serviceLines.push(
    'Environment=PODMAN_SYSTEMD_UNIT=%n',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'SyslogIdentifier=%N',
    `ExecStartPre=${create}`,
    `ExecStart=${conversion.command('pod', 'start', name)}`,
    `ExecStop=${conversion.command('pod', 'stop', '--ignore', ...wait, name)}`,
    `ExecStopPost=-${conversion.command('pod', 'rm', '--force', '--ignore', name)}`,
  );
}

/** The context and the working directory of a build. */
function buildContext(conversion: Conversion, file: string | null): string {
  const asked = conversion.text('SetWorkingDirectory') ?? (file === null ? 'unit' : 'file');
  if (asked === 'unit') return conversion.source.directory;
  if (asked === 'file') return file === null ? conversion.source.directory : dirname(file);
  return conversion.path(asked);
}

function convertBuild(conversion: Conversion): void {
  const tags = conversion.all('ImageTag').map(({ value }) => value);
  if (tags.length === 0) conversion.fail(null, 'ImageTag= is needed');
  const named = conversion.text('File');
  const file = named === null ? null : conversion.path(named);
  const context = buildContext(conversion, file);
  addOneShot(conversion, [
    'build',
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...(file === null ? [] : ['--file', file]),
    ...conversion.tableFlags(),
    ...mountFlags(conversion),
    ...networkFlags(conversion),
    ...conversion.words('PodmanArgs'),
    context,
  ]);
  conversion.serviceLines.push(`WorkingDirectory=${context}`);
}

function convertKube(conversion: Conversion): void {
  const yaml = conversion.text('Yaml');
  if (yaml === null) conversion.fail(null, 'Yaml= is needed');
  const file = conversion.path(yaml ?? '');
  const down = conversion.boolean('KubeDownForce', false) ? ['--force'] : [];
  const updates = conversion.all('AutoUpdate').flatMap(({ value }) => {
    const [container, how] = value.includes('/') ? value.split('/') : ['', value];
    const key = ['io.containers.autoupdate', container].filter(Boolean).join('/');
    return ['--annotation', `${key}=${how ?? ''}`];
  });
  conversion.serviceLines.push(
    'Environment=PODMAN_SYSTEMD_UNIT=%n',
    'Type=notify',
    'NotifyAccess=all',
    'KillMode=mixed',
    'SyslogIdentifier=%N',
    `ExecStart=${conversion.command(
      ...['kube', 'play', '--replace', '--service-container=true'],
      ...conversion.tableFlags(),
      ...networkFlags(conversion),
      ...conversion.all('ConfigMap').flatMap((e) => ['--configmap', conversion.path(e.value)]),
      ...updates,
      ...conversion.words('PodmanArgs'),
      file,
    )}`,
    `ExecStopPost=${conversion.command('kube', 'down', ...down, file)}`,
  );
  const directory = conversion.last('SetWorkingDirectory');
  if (directory === null) return;
  if (directory.value !== 'yaml' && directory.value !== 'unit') {
    conversion.fail(directory, 'SetWorkingDirectory= is yaml or unit');
  }
  const place = directory.value === 'yaml' ? dirname(file) : conversion.source.directory;
  conversion.serviceLines.push(`WorkingDirectory=${place}`);
}

export const otherConversions = {
  volume: convertVolume,
  network: convertNetwork,
  image: convertImage,
  pod: convertPod,
  build: convertBuild,
  kube: convertKube,
} as const;
