import { dockerNetworkName } from './names.ts';

type Description = Record<string, unknown>;

function object(value: unknown): Description {
  return typeof value === 'object' && value !== null ? (value as Description) : {};
}

/** A copy with changes; what JSON does not show is kept for templates. */
function changed(base: Description, changes: Description): Description {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(base));
  return Object.assign(copy, changes);
}

function digest(value: unknown): string {
  return typeof value === 'string' && value !== '' ? `sha256:${value.replace(/^sha256:/, '')}` : '';
}

function isObjectOf(found: Description, key: string): boolean {
  return Object.hasOwn(found, key);
}

const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  12: 'SIGUSR2',
  15: 'SIGTERM',
  28: 'SIGWINCH',
};

function dockerConfig(found: Description, entrypoint: readonly string[]): Description {
  const config = object(found['Config']);
  const signal = config['StopSignal'];
  return changed(config, {
    Entrypoint: entrypoint.length > 0 ? entrypoint : null,
    StopSignal: typeof signal === 'number' ? (signalNames[signal] ?? String(signal)) : signal,
  });
}

/** docker names the first network; where it has a default one its name is not a network's. */
function dockerNetworkMode(found: Description, defaultNetwork: string): unknown {
  const mode = object(found['HostConfig'])['NetworkMode'];
  if (mode === 'slirp4netns') return 'default';
  if (mode !== 'bridge') return mode;
  const [first = defaultNetwork] = Object.keys(
    object(object(found['NetworkSettings'])['Networks']),
  );
  return dockerNetworkName(first, defaultNetwork);
}

function dockerHostConfig(found: Description, defaultNetwork: string): Description {
  const config = object(found['HostConfig']);
  const log = object(config['LogConfig']);
  const restart = object(config['RestartPolicy']);
  return changed(config, {
    Annotations: object(found['Config'])['Annotations'] ?? {},
    LogConfig: { Type: log['Type'] === 'k8s-file' ? 'json-file' : log['Type'], Config: {} },
    NetworkMode: dockerNetworkMode(found, defaultNetwork),
    RestartPolicy: { ...restart, Name: restart['Name'] === '' ? 'no' : restart['Name'] },
  });
}

function dockerNetworks(found: Description, defaultNetwork: string): Description {
  const settings = object(found['NetworkSettings']);
  const mode = String(object(found['HostConfig'])['NetworkMode']);
  const name = mode === 'none' || mode === 'host' ? mode : 'bridge';
  const empty = {
    IPAMConfig: null,
    Aliases: null,
    NetworkID: '',
    EndpointID: '',
    Gateway: settings['Gateway'],
    IPAddress: settings['IPAddress'],
    IPPrefixLen: settings['IPPrefixLen'],
    MacAddress: settings['MacAddress'],
  };
  const networks = Object.entries(object(settings['Networks'] ?? { [name]: empty })).map(
    ([key, value]) => [dockerNetworkName(key, defaultNetwork), value],
  );
  return changed(settings, { Networks: Object.fromEntries(networks) });
}

function dockerState(found: Description): Description {
  const state = object(found['State']);
  const checked = object(found['Config'])['Healthcheck'] !== undefined;
  // Templates may ask for it all the same.
  return checked ? state : changed(state, { Health: undefined });
}

/** A description as `docker inspect` shows it where it differs from podman: of a container or an image. */
export function asDocker(
  found: Description,
  entrypoint: readonly string[],
  defaultNetwork: string,
): Description {
  if (isObjectOf(found, 'RootFS')) return changed(found, { Id: digest(found['Id']) });
  if (!isObjectOf(found, 'HostConfig')) return found;
  return changed(found, {
    Name: `/${String(found['Name'])}`,
    Image: digest(found['Image']),
    State: dockerState(found),
    Config: dockerConfig(found, entrypoint),
    HostConfig: dockerHostConfig(found, defaultNetwork),
    NetworkSettings: dockerNetworks(found, defaultNetwork),
    Platform: 'linux',
  });
}
