import type { AttachmentRequest } from '../../request/attachment.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { defaultLog, type LogRequest } from '../../request/log.ts';
import { namespaceText } from '../../request/namespaces.ts';
import { dockerNetworkName, familiarName } from './names.ts';

type Description = Record<string, unknown>;

function object(value: unknown): Description {
  return typeof value === 'object' && value !== null ? (value as Description) : {};
}

/** The options of a log that differ from what everybody has. */
function logConfig({ maxFiles, maxSize, tag }: LogRequest): Record<string, string> {
  const usual = defaultLog();
  return {
    ...(maxFiles !== usual.maxFiles && { 'max-file': String(maxFiles) }),
    ...(maxSize !== usual.maxSize && { 'max-size': String(maxSize) }),
    ...(tag !== null && { tag }),
  };
}

/** An endpoint with what was asked for. */
function askedEndpoint(
  { addresses, mac, aliases }: AttachmentRequest,
  shown: Description,
): Description {
  const v4 = addresses.find((address) => !address.includes(':'));
  const v6 = addresses.find((address) => address.includes(':'));
  const ipam = {
    ...(v4 !== undefined && { IPv4Address: v4 }),
    ...(v6 !== undefined && { IPv6Address: v6 }),
  };
  return {
    ...shown,
    IPAMConfig: addresses.length === 0 ? null : ipam,
    Aliases: aliases.length === 0 ? null : aliases,
    DNSNames: shown['Aliases'],
    MacAddress: shown['MacAddress'] || (mac ?? ''),
  };
}

function endpoints(
  networks: Description,
  options: ContainerOptions,
  defaultNetwork: string,
): Description {
  const asked = options.network.mode === 'bridge' ? options.network.networks : [];
  const named = new Map(
    asked.map((one) => [dockerNetworkName(one.network ?? defaultNetwork, defaultNetwork), one]),
  );
  return Object.fromEntries(
    Object.entries(networks).map(([name, shown]) => {
      const request = named.get(name);
      return [name, request === undefined ? shown : askedEndpoint(request, object(shown))];
    }),
  );
}

/**
 * A description of a container with what docker's clients expect to find as they have asked for it, and which podman
 * shows otherwise or not at all.
 */
export function withAsked(
  found: Description,
  options: ContainerOptions,
  defaultNetwork: string,
): Description {
  const host = object(found['HostConfig']);
  const config = object(found['Config']);
  const settings = object(found['NetworkSettings']);
  const { volumesFrom, image, log, network } = options;
  const mac = network.mode === 'bridge' ? network.networks[0]?.mac : null;
  const from = volumesFrom.map(({ container, readOnly }) =>
    readOnly ? `${container}:ro` : container,
  );
  return {
    ...found,
    Config: {
      ...config,
      ...(image !== null && { Image: familiarName(image) }),
      ...(mac && { MacAddress: mac }),
    },
    HostConfig: {
      ...host,
      CgroupnsMode: namespaceText(options.cgroupns),
      LogConfig: { ...object(host['LogConfig']), Config: logConfig(log) },
      VolumesFrom: from.length === 0 ? null : from,
    },
    NetworkSettings: {
      ...settings,
      Networks: endpoints(object(settings['Networks']), options, defaultNetwork),
    },
  };
}
