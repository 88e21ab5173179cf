import { BryoError } from '../../base/errors.ts';
import type { PlayRequest } from '../../engine/kube/request.ts';
import { readMac } from '../../request/attachment.ts';
import { parseNetworks } from '../../request/network-words.ts';
import { parsePort } from '../../request/ports.ts';
import { readPair } from '../../request/values.ts';
import type { Invocation, OptionSpec } from '../command.ts';
import { logOptions, readLogFlags } from '../options/container/log.ts';
import { readAccess, registryOptions, signaturePolicyOption } from '../options/registry.ts';
import { buildForKube } from './build-image.ts';
import { readKubeText } from './input.ts';

export const forceOption: OptionSpec = { name: 'force', help: 'remove volumes of claims as well' };

/** Flags about how pods and containers are made. */
export const playOptions: readonly OptionSpec[] = [
  {
    name: 'annotation',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'an annotation of each pod and claim, over that of the file',
  },
  {
    name: 'build',
    help: 'build each image for which a directory of its name has a Containerfile; without the flag those that are not there, with --build=false none',
  },
  {
    name: 'configmap',
    value: 'FILE',
    repeat: true,
    help: 'a further file, in which there are ConfigMaps',
  },
  {
    name: 'context-dir',
    value: 'DIR',
    help: 'where the directories of --build are; the working directory otherwise',
  },
  {
    name: 'ip',
    value: 'ADDRESS',
    repeat: true,
    help: 'address of a pod, in the order of the file',
  },
  ...logOptions,
  {
    name: 'mac-address',
    value: 'ADDRESS',
    repeat: true,
    help: 'hardware address of a pod, in the order of the file',
  },
  {
    name: 'network',
    value: 'NETWORK',
    repeat: true,
    help: 'network of the pods, as of bryo pod create; podman-default-kube, which is made, unless the file asks for that of the host',
  },
  { name: 'no-hostname', help: "leave /etc/hostname to the containers' images" },
  { name: 'no-hosts', help: "leave /etc/hosts to the containers' images" },
  { name: 'no-trunc', help: 'take annotations as long as they are; always so' },
  {
    name: 'publish',
    value: '[[IP:]PORT:]PORT[/PROTOCOL]',
    repeat: true,
    help: 'publish a port of the pods, in the place of what the file says of it',
  },
  {
    name: 'publish-all',
    help: 'publish also ports of which the file has only the number in the container, at the same number',
  },
  { name: 'quiet', short: 'q', help: 'tell nothing of pulling and building' },
  ...registryOptions,
  signaturePolicyOption,
  { name: 'replace', help: 'remove what the file describes first' },
  {
    name: 'seccomp-profile-root',
    value: 'DIR',
    default: '/var/lib/kubelet/seccomp',
    help: 'where files of localhost profiles are',
  },
  { name: 'start', on: true, help: 'start the pods' },
  { name: 'userns', value: 'MODE', help: 'user namespace of the pods, over that of the file' },
];

function readAnnotations(words: readonly string[]): Record<string, string> {
  const wrong = words.find((word) => !word.includes('='));
  if (wrong === undefined) return Object.fromEntries(words.map(readPair));
  throw new BryoError('bad-flag-value', `annotation "${wrong}" must include an '=' sign`);
}

async function readConfigMapFiles({ context, texts }: Invocation) {
  const files: { name: string; text: string }[] = [];
  for (const name of texts('configmap')) {
    files.push({ name, text: await readKubeText(context, name) });
  }
  return files;
}

/** The request that flags and the text of a file make. Throws BryoError. */
export async function readPlay(
  invocation: Invocation,
  text: string,
  onProgress: PlayRequest['source']['onProgress'],
): Promise<PlayRequest> {
  const { context, flag, texts } = invocation;
  if (invocation.text('context-dir') !== null && !flag('build')) {
    throw new BryoError('usage', '--build must be specified when using --context-dir option');
  }
  const networks = texts('network');
  const list = (name: string): string[] => texts(name).flatMap((word) => word.split(','));
  return {
    text,
    configMaps: await readConfigMapFiles(invocation),
    choices: {
      network: networks.length === 0 ? null : parseNetworks(networks),
      noHosts: flag('no-hosts'),
      noHostname: flag('no-hostname'),
      ports: list('publish').filter(Boolean).map(parsePort),
      publishAll: flag('publish-all'),
      userns: invocation.text('userns') || null,
    },
    addresses: { ips: list('ip'), macs: list('mac-address').map(readMac) },
    annotations: readAnnotations(texts('annotation')),
    ...readLogFlags(invocation),
    seccompRoot: invocation.text('seccomp-profile-root') ?? '/var/lib/kubelet/seccomp',
    unit: process.env['PODMAN_SYSTEMD_UNIT'] || null,
    readsFiles: true,
    source: {
      ...(await readAccess(invocation)),
      platform: null,
      signaturePolicy: invocation.text('signature-policy'),
      onProgress,
    },
    buildImage: (image) => buildForKube(invocation, image),
    replace: flag('replace'),
    start: flag('start'),
    commandLine: context.commandLine,
  };
}
