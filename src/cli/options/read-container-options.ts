import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { parseSignal } from '../../base/signals.ts';
import { parseSize } from '../../base/size.ts';
import {
  type CgroupsRequest,
  type ContainerOptions,
  type DeviceRequest,
  defaultContainerOptions,
  type LogRequest,
  type RestartRequest,
  type SecurityRequest,
} from '../../container/options.ts';
import { checkSysctl } from '../../container/spec/sysctls.ts';
import { isIP } from '../../network/addresses.ts';
import { parseNetwork } from '../../network/network-option.ts';
import { parsePort } from '../../network/ports.ts';
import type { Invocation } from '../command.ts';
import { readHealth } from './container/health.ts';
import { checkDuplicates, readMountFlag, readTmpfsFlag, readVolumeFlag } from './mount-flags.ts';
import { checkJoined, readNamespaces } from './namespace-flags.ts';
import {
  badValue,
  readEnvironment,
  readListFile,
  readNumber,
  readPair,
  readUlimit,
  readUserns,
} from './read-values.ts';
import { readCgroupConf, readResources } from './resource-options.ts';
import { readSecretFlag } from './secret-flag.ts';

/** A word for --entrypoint, or a JSON array of words; an empty one clears the image's. */
function readEntrypoint(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith('[')) return [text];
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Not JSON after all: a program whose name begins with a bracket.
  }
  return [text];
}

function readAddHost(text: string): { host: string; address: string } {
  const colon = text.indexOf(':');
  const host = text.slice(0, colon);
  const address = text.slice(colon + 1).replace(/^\[(.*)\]$/, '$1');
  if (colon < 1 || !/^[a-zA-Z0-9_.-]+$/.test(host)) {
    throw badValue('--add-host', text, 'NAME:ADDRESS is needed');
  }
  if (address !== 'host-gateway' && isIP(address) === 0) {
    throw badValue('--add-host', text, `${JSON.stringify(address)} is not an IP address`);
  }
  return { host, address };
}

function readHostname(text: string | null): string | null {
  if (text === null) return null;
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/.test(text)) {
    throw badValue('--hostname', text, 'letters, digits, "-", "_" and ".", at most 64 of them');
  }
  return text;
}

function readDnsServer(text: string): string {
  if (isIP(text) === 0) throw badValue('--dns', text, 'an IP address is needed');
  return text;
}

function readWord(flag: string, text: string): string {
  if (!/^[\w.:-]+$/.test(text)) throw badValue(flag, text, 'it holds a forbidden character');
  return text;
}

function readDevice(text: string): DeviceRequest {
  const [source = '', second, third] = text.split(':');
  const permissionsOnly = second !== undefined && /^[rwm]{1,3}$/.test(second);
  const target = second === undefined || permissionsOnly ? source : second;
  const permissions = (permissionsOnly ? second : third) ?? 'rwm';
  if (!source.startsWith('/') || !target.startsWith('/') || !/^[rwm]{1,3}$/.test(permissions)) {
    throw badValue('--device', text, 'HOST[:TARGET[:rwm]] is needed');
  }
  return { source, target, permissions };
}

function readSecurity(invocation: Invocation): SecurityRequest {
  const privileged = invocation.flag('privileged');
  const hardened = invocation.flag('hardened');
  if (privileged && hardened) {
    throw new BryoError('bad-flag-value', '--privileged and --hardened exclude each other');
  }
  const security: SecurityRequest = {
    privileged,
    hardened,
    noNewPrivileges: hardened,
    seccomp: privileged ? 'unconfined' : null,
    mask: [],
    unmask: privileged ? ['ALL'] : [],
  };
  for (const option of invocation.texts('security-opt')) {
    const [, key = option, value = ''] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
    const paths = value.split(':').filter(Boolean);
    if (key === 'no-new-privileges') security.noNewPrivileges = value !== 'false';
    else if (key === 'seccomp' && value === 'unconfined') security.seccomp = value;
    else if (key === 'seccomp' && value !== '') security.seccomp = resolve(value);
    else if (key === 'mask' && value !== '') security.mask.push(...paths);
    else if (key === 'unmask' && value !== '') security.unmask.push(...paths);
    else if (key === 'label' && value === 'disable') continue;
    else if (key === 'apparmor' && value === 'unconfined') continue;
    else throw badValue('--security-opt', option, 'it is not supported');
  }
  return security;
}

function readLog(invocation: Invocation): LogRequest {
  const log = { ...defaultContainerOptions().log };
  const driver = invocation.text('log-driver') ?? 'k8s-file';
  if (driver === 'none' || driver === 'passthrough') log.driver = driver;
  else if (driver !== 'k8s-file' && driver !== 'json-file') {
    throw badValue('--log-driver', driver, 'k8s-file, none or passthrough is needed');
  }
  for (const option of invocation.texts('log-opt')) {
    const [key, value] = readPair(option);
    if (key === 'max-size') log.maxSize = value === '-1' ? 0 : parseSize(value);
    else if (key === 'max-file') log.maxFiles = readNumber('--log-opt max-file', value, 1);
    else if (key === 'path' && value !== '') log.path = resolve(value);
    else throw badValue('--log-opt', option, 'max-size, max-file and path are known');
  }
  return log;
}

function readLabels(invocation: Invocation): Record<string, string> {
  const lines = invocation.texts('label-file').flatMap((p) => readListFile('--label-file', p));
  const pairs = [...lines, ...invocation.texts('label')].map(readPair);
  const empty = pairs.find(([key]) => key === '');
  if (empty !== undefined) throw badValue('--label', `=${empty[1]}`, 'a key is needed');
  return Object.fromEntries(pairs);
}

function readRestart(text: string): RestartRequest {
  const [, policy = text, times] = /^(on-failure):(.*)$/s.exec(text) ?? [];
  switch (policy) {
    case 'no':
    case '':
      return { policy: 'no', max: 0 };
    case 'always':
    case 'unless-stopped':
      return { policy, max: 0 };
    case 'on-failure':
      return { policy, max: times === undefined ? 0 : readNumber('--restart', times, 0) };
    default:
      throw badValue('--restart', text, 'no, on-failure[:TIMES], always or unless-stopped');
  }
}

function readCgroups(text: string): CgroupsRequest {
  if (text === 'enabled' || text === 'disabled' || text === 'split') return text;
  throw badValue('--cgroups', text, 'enabled, disabled or split is needed');
}

function readOomScore(text: string | null): number | null {
  if (text === null) return null;
  const score = readNumber('--oom-score-adj', text, -1000);
  if (score > 1000) throw badValue('--oom-score-adj', text, 'at most 1000');
  return score;
}

function readUmask(text: string | null): number {
  if (text === null) return 0o022;
  if (!/^0?[0-7]{1,4}$/.test(text)) throw badValue('--umask', text, 'an octal mode is needed');
  return Number.parseInt(text, 8) & 0o777;
}

function readStopSignal(text: string | null): number | null {
  if (text === null) return null;
  const signal = parseSignal(text);
  if (signal === null) throw badValue('--stop-signal', text, 'there is no such signal');
  return signal;
}

function readWorkdir(text: string | null): string | null {
  if (text !== null && !text.startsWith('/')) {
    throw badValue('--workdir', text, 'an absolute path is needed');
  }
  return text;
}

function checkCombinations(options: ContainerOptions): void {
  const own = {
    network: ['default', 'slirp4netns', 'pasta', 'none'].includes(options.network.mode),
    ipc: options.ipc,
  };
  for (const [key, value] of Object.entries(options.sysctls)) checkSysctl(key, value, own);
  if (
    options.ports.length > 0 &&
    ['none', 'host', 'container', 'path'].includes(options.network.mode)
  ) {
    throw new BryoError(
      'bad-port',
      `--publish cannot be used with --network ${options.network.mode}`,
    );
  }
  checkJoined(options);
  if (options.restart.policy !== 'no' && (options.remove || options.log.driver === 'passthrough')) {
    const other = options.remove ? '--rm' : '--log-driver passthrough';
    throw new BryoError('bad-flag-value', `--restart cannot be used with ${other}`);
  }
  checkDuplicates(options.mounts);
}

/** The options of `run` and `create`. The image and command are the positional arguments. */
export function readContainerOptions(invocation: Invocation): ContainerOptions {
  const { text, texts, flag } = invocation;
  const [first = '', ...command] = invocation.args;
  const rootfs = flag('rootfs');
  const entrypoint = text('entrypoint');
  const envFiles = texts('env-file').flatMap((path) => readListFile('--env-file', path));
  const options: ContainerOptions = {
    name: text('name'),
    image: rootfs ? null : first,
    rootfs: rootfs ? resolve(first) : null,
    command,
    entrypoint: entrypoint === null ? null : readEntrypoint(entrypoint),
    env: { ...readEnvironment(envFiles), ...readEnvironment(texts('env')) },
    workdir: readWorkdir(text('workdir')),
    user: text('user'),
    groupAdd: [...texts('group-add')],
    hostname: readHostname(text('hostname')),
    interactive: flag('interactive'),
    tty: flag('tty'),
    remove: flag('rm'),
    restart: readRestart(text('restart') ?? 'no'),
    init: flag('init'),
    readOnly: flag('read-only') || flag('hardened'),
    mounts: [
      ...texts('volume').map(readVolumeFlag),
      ...texts('mount').map(readMountFlag),
      ...texts('tmpfs').map(readTmpfsFlag),
    ],
    devices: texts('device').map(readDevice),
    secrets: texts('secret').map(readSecretFlag),
    network: parseNetwork(text('network') ?? 'default'),
    ports: texts('publish').map(parsePort),
    addHosts: texts('add-host').map(readAddHost),
    dns: texts('dns').map(readDnsServer),
    dnsSearch: texts('dns-search').map((word) => readWord('--dns-search', word)),
    dnsOptions: texts('dns-option').map((word) => readWord('--dns-option', word)),
    noHosts: flag('no-hosts'),
    capAdd: [
      ...(flag('privileged') ? ['ALL'] : []),
      ...texts('cap-add').flatMap((word) => word.split(',')),
    ],
    capDrop: [
      ...(flag('hardened') ? ['ALL'] : []),
      ...texts('cap-drop').flatMap((word) => word.split(',')),
    ],
    security: readSecurity(invocation),
    userns: readUserns(text('userns'), texts('uidmap'), texts('gidmap')),
    ...readNamespaces(text),
    cgroups: readCgroups(text('cgroups') ?? 'enabled'),
    cgroupParent: text('cgroup-parent'),
    resources: { ...readResources(invocation), unified: readCgroupConf(texts('cgroup-conf')) },
    requires: texts('requires').flatMap((words) => words.split(',').filter(Boolean)),
    oomScoreAdj: readOomScore(text('oom-score-adj')),
    ulimits: texts('ulimit').flatMap(readUlimit),
    sysctls: Object.fromEntries(texts('sysctl').map(readPair)),
    labels: readLabels(invocation),
    annotations: Object.fromEntries(texts('annotation').map(readPair)),
    umask: readUmask(text('umask')),
    shmSize: parseSize(text('shm-size') ?? '64m'),
    stopSignal: readStopSignal(text('stop-signal')),
    stopTimeout: readNumber('--stop-timeout', text('stop-timeout') ?? '10', 0),
    timeout: readNumber('--timeout', text('timeout') ?? '0', 0),
    log: readLog(invocation),
    health: readHealth(invocation),
  };
  checkCombinations(options);
  return options;
}
