import { parseSignal } from '../../../base/signals.ts';
import type { LifecycleRequest, ProcessRequest } from '../../../request/container.ts';
import { type EnvironmentRequest, proxyVariables } from '../../../request/environment.ts';
import { defaultFileOptions, type FileOptions, readZone } from '../../../request/files.ts';
import { readRestart, readSdnotify } from '../../../request/lifecycle.ts';
import {
  readGroups,
  readPersonality,
  readSystemd,
  readUmask,
  readWorkdir,
} from '../../../request/process.ts';
import type { SecretRequest } from '../../../request/secrets.ts';
import type { Field } from '../../body/field.ts';

/** Whether a switch is on that is on unless it is said to be off. */
function isOn(field: Field): boolean {
  return field.isAbsent || field.flag();
}

/** Variables of the service's own: proxies, and with `env_host` all. */
function inherited(spec: Field): Record<string, string> {
  const own = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  if (spec.get('env_host').flag()) return Object.fromEntries(own);
  if (!spec.get('httpproxy').flag()) return {};
  return Object.fromEntries(own.filter(([name]) => proxyVariables.includes(name)));
}

function readEnvironment(spec: Field): EnvironmentRequest {
  for (const item of spec.get('envmerge').items()) {
    if (!/^[^=]+=/.test(item.text() ?? '')) throw item.problem('NAME=TEXT is needed');
  }
  for (const item of spec.get('unsetenv').items()) {
    if (!/^[^=]+$/.test(item.text() ?? '')) throw item.problem('a name is needed');
  }
  return {
    inherited: inherited(spec),
    merge: spec.get('envmerge').texts(),
    unset: spec.get('unsetenv').texts(),
    unsetAll: spec.get('unsetenvall').flag(),
  };
}

function readEnv(field: Field): Record<string, string> {
  const env = field.textMap();
  if (Object.keys(env).some((name) => name === '' || name.includes('='))) {
    throw field.problem('the name of a variable is needed, without "="');
  }
  return env;
}

/** An entrypoint; a list of nothing, or of one empty word, clears the image's. */
function readEntrypoint(field: Field): string[] | null {
  if (field.isAbsent) return null;
  const words = field.words();
  return words.length === 1 && words[0] === '' ? [] : words;
}

/** The process of a container. */
export function readProcess(spec: Field): ProcessRequest {
  const personality = spec.get('personality').get('domain');
  const groups = spec.get('groups');
  const umask = spec.get('umask');
  const systemd = spec.get('systemd');
  return {
    command: spec.get('command').words(),
    entrypoint: readEntrypoint(spec.get('entrypoint')),
    env: readEnv(spec.get('env')),
    environment: readEnvironment(spec),
    workdir: spec.get('work_dir').read(readWorkdir),
    makeWorkdir: spec.get('create_working_dir').flag(),
    user: spec.get('user').word(),
    groupAdd: groups.named(() => readGroups(groups.texts())),
    init: spec.get('init').flag(),
    systemd: systemd.named(() => readSystemd(systemd.word() ?? 'true')),
    personality: personality.named(() => readPersonality(personality.word())),
    umask: umask.named(() => readUmask(umask.word())),
  };
}

/** A signal by its number or its name. */
function readSignal(field: Field): number | null {
  if (field.isZero) return null;
  const text = typeof field.value === 'number' ? String(field.value) : (field.text() ?? '');
  const signal = parseSignal(text);
  if (signal === null) throw field.problem(`there is no signal ${JSON.stringify(text)}`);
  return signal;
}

function readRestartPolicy(spec: Field): LifecycleRequest['restart'] {
  const policy = spec.get('restart_policy');
  const tries = spec.get('restart_tries');
  const max = tries.number(0) ?? 0;
  const restart = policy.read(readRestart);
  if (restart.policy === 'on-failure') return max > 0 ? { ...restart, max } : restart;
  if (max > 0) throw tries.problem('only on-failure takes a number of times');
  return restart;
}

/** The usual time to end, in seconds. */
const usualStopTimeout = 10;

/** How a container ends, and what happens then. */
export function readLifecycle(
  spec: Field,
): Pick<
  LifecycleRequest,
  'remove' | 'removeImage' | 'restart' | 'stopSignal' | 'stopTimeout' | 'timeout' | 'sdnotify'
> {
  const sdnotify = spec.get('sdnotifyMode');
  return {
    remove: spec.get('remove').flag(),
    ...(spec.get('removeImage').flag() && { removeImage: true }),
    restart: readRestartPolicy(spec),
    stopSignal: readSignal(spec.get('stop_signal')),
    stopTimeout: spec.get('stop_timeout').number(0) ?? usualStopTimeout,
    timeout: spec.get('timeout').number(0) ?? 0,
    sdnotify: sdnotify.named(() => readSdnotify(sdnotify.word() ?? 'container')),
  };
}

/** Secrets as files (`secrets`) and as variables (`secret_env`). */
export function readSecrets(spec: Field): SecretRequest[] {
  const files = spec
    .get('secrets')
    .items()
    .map((item): SecretRequest => {
      const secret = item.get('Source').word();
      if (secret === null) throw item.get('Source').problem('the name of a secret is needed');
      const target = item.get('Target').word() ?? secret;
      if (target.endsWith('/') || /(^|\/)\.\.?(\/|$)/.test(target)) {
        throw item.get('Target').problem('it is no path of a file');
      }
      return {
        kind: 'mount',
        secret,
        target,
        uid: item.get('UID').number(0) ?? 0,
        gid: item.get('GID').number(0) ?? 0,
        mode: (item.get('Mode').number(0) ?? 0o444) & 0o777,
      };
    });
  const variables = spec
    .get('secret_env')
    .entries()
    .map(([target, field]): SecretRequest => {
      if (!/^[^=\0]+$/.test(target)) throw field.problem('its name is no variable');
      return { kind: 'env', secret: field.text() ?? '', target };
    });
  return [...files, ...variables];
}

/** The files that bryo itself puts into a container. */
export function readFiles(spec: Field): FileOptions {
  const zone = spec.get('timezone');
  const hosts = spec.get('base_hosts_file');
  for (const item of spec.get('chroot_directories').items()) {
    if (!item.text()?.startsWith('/')) throw item.problem('an absolute path is needed');
  }
  const word = hosts.word();
  if (word !== null && word !== 'none' && !word.startsWith('/')) {
    throw hosts.problem('an absolute path or none is needed');
  }
  return {
    ...defaultFileOptions(),
    timezone: zone.named(() => readZone(zone.word())),
    noHostname: spec.get('use_image_hostname').flag(),
    hostsFile: word,
    readOnlyTmpfs: isOn(spec.get('read_write_tmpfs')),
    chrootDirs: spec.get('chroot_directories').texts(),
    passwd: {
      enabled: isOn(spec.get('manage_password')),
      entry: spec.get('passwd_entry').word(),
      groupEntry: spec.get('group_entry').word(),
      hostUsers: spec.get('hostusers').texts(),
    },
  };
}
