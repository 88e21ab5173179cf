import { buildEnvironment } from '../../../container/environment.ts';
import { exposedPorts, portKey } from '../../../container/ports.ts';
import type { Engine } from '../../engine.ts';
import { hostnameOf } from '../start/hostname.ts';
import { shownUser } from '../start/userns.ts';
import { healthConfig } from './health.ts';
import { portRequests } from './network.ts';
import { hiddenVariables, secretObjects } from './secrets.ts';
import type { Subject } from './subject.ts';

/** The ports that the container itself tells of or publishes; undefined: none. */
function exposedObject({ record }: Subject): Record<string, object> | undefined {
  const published = Object.keys(portRequests(record.options.ports));
  const keys = [...exposedPorts(record).map(portKey), ...published];
  return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key) => [key, {}]));
}

/** The container's process, as podman shows it in Config. */
export function configObject(engine: Engine, subject: Subject) {
  const { record, spec, image } = subject;
  const { options } = record;
  const hostname = spec?.hostname ?? hostnameOf(engine, record);
  const attached = options.interactive;
  const config = {
    Hostname: hostname,
    Domainname: options.domainname ?? '',
    User: shownUser(engine, record),
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ExposedPorts: exposedObject(subject),
    Tty: options.tty,
    OpenStdin: attached,
    StdinOnce: false,
    Env: [
      ...(spec?.process.env ??
        buildEnvironment({
          image: record.imageEnv,
          requested: options.env,
          hostname,
          terminal: options.tty,
          request: options.environment,
        })),
      ...hiddenVariables(options.secrets),
    ],
    Cmd: record.args.slice(record.entrypoint.length),
    Image: record.rootfs.kind === 'image' ? (image?.names[0] ?? record.rootfs.imageName) : '',
    Volumes: null,
    WorkingDir: record.workdir,
    Entrypoint: record.entrypoint.join(' '),
    OnBuild: null,
    Labels: record.labels,
    Annotations: options.annotations,
    StopSignal: record.stopSignal,
    ...healthConfig(record.health, record.options.health.disabled),
    CreateCommand: record.createCommand,
    Secrets: secretObjects(engine.store, options.secrets),
    Umask: `0${options.umask.toString(8).padStart(3, '0')}`,
    Timeout: options.timeout,
    StopTimeout: options.stopTimeout,
    Passwd: true,
    sdNotifyMode: options.sdnotify,
    ...(record.notifySocket !== undefined && { sdNotifySocket: record.notifySocket }),
  };
  // The names that podman's templates have for them, which its JSON does not show.
  return Object.defineProperties(config, {
    SdNotifyMode: { value: options.sdnotify },
    SdNotifySocket: { value: record.notifySocket ?? '' },
  });
}
