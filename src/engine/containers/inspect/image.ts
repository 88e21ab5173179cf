import { findImage, type ResolvedImage } from '../../../image/resolve.ts';
import { layerStack } from '../../../store/layers.ts';
import type { Engine } from '../../engine.ts';
import { imageSize } from '../../images/size.ts';
import { never } from './subject.ts';

/** An object of Docker's configurations, where what is empty is left away. */
function present(fields: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    value === null ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(
    // Templates may ask for what is not there.
    Object.entries(fields).map(([key, value]) => [key, isEmpty(value) ? undefined : value]),
  );
}

function configObject({ config }: ResolvedImage): Record<string, unknown> {
  const { config: defaults } = config;
  const { healthcheck } = defaults;
  return present({
    User: defaults.user,
    ExposedPorts: Object.fromEntries(defaults.exposedPorts.map((port) => [port, {}])),
    Env: defaults.env,
    Entrypoint: defaults.entrypoint,
    Cmd: defaults.cmd,
    Volumes: Object.fromEntries(defaults.volumes.map((path) => [path, {}])),
    WorkingDir: defaults.workingDir,
    Labels: defaults.labels,
    StopSignal: defaults.stopSignal,
    OnBuild: defaults.onBuild,
    Shell: defaults.shell,
    Healthcheck: healthcheck && {
      Test: healthcheck.test,
      Interval: healthcheck.interval,
      Timeout: healthcheck.timeout,
      StartPeriod: healthcheck.startPeriod,
      Retries: healthcheck.retries,
    },
  });
}

/** The directories of the layers, topmost first, as podman's overlay driver tells them. */
function graphDriver(engine: Engine, { config }: ResolvedImage) {
  const [UpperDir = '', ...lower] = layerStack(engine.store, engine.idMap(), config.diffIds);
  return {
    Name: 'overlay',
    Data: { ...(lower.length > 0 && { LowerDir: lower.join(':') }), UpperDir },
  };
}

/** An image as `podman image inspect` shows it. */
export function describeImage(engine: Engine, image: ResolvedImage): Record<string, unknown> {
  const { config, manifest } = image;
  const size = imageSize(engine, image);
  const health = configObject(image)['Healthcheck'];
  return {
    Id: image.id,
    Digest: image.manifestDigest,
    RepoTags: image.names,
    RepoDigests: image.names.map(
      (name) => `${name.replace(/:[^:/]*$/, '')}@${image.manifestDigest}`,
    ),
    Parent: '',
    Comment: config.history.at(-1)?.comment ?? '',
    Created: config.created ?? never,
    Config: configObject(image),
    Version: '',
    Author: config.author,
    Architecture: config.architecture,
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: graphDriver(engine, image),
    RootFS: { Type: 'layers', Layers: config.diffIds },
    Labels: Object.keys(config.config.labels).length === 0 ? null : config.config.labels,
    Annotations: manifest.annotations,
    ManifestType: manifest.mediaType,
    User: config.config.user,
    History: config.history.map(({ created, createdBy, author, comment, emptyLayer }) => ({
      ...(created !== null && { created }),
      ...(createdBy !== '' && { created_by: createdBy }),
      ...(author !== '' && { author }),
      ...(comment !== '' && { comment }),
      ...(emptyLayer && { empty_layer: true }),
    })),
    NamesHistory: [...image.names, ...image.former],
    ...(health !== undefined && { Healthcheck: health }),
  };
}

/** An image of the store for inspection; null when there is none of that name. */
export function inspectImage(engine: Engine, name: string): Record<string, unknown> | null {
  const image = findImage(engine.store, name);
  return image === null ? null : describeImage(engine, image);
}
