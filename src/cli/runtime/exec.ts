import { BryoError } from '../../base/errors.ts';
import { execProcess, type ProcessChanges } from '../../oci/exec.ts';
import { Fields } from '../../oci/fields.ts';
import { readLabels } from '../../oci/process.ts';
import type { ParsedArguments } from '../command.ts';
import { preserveFdsOption } from '../options/shared.ts';
import { consoleSocketOption, defineRuntimeCommand, pidFileOption } from './command.ts';
import { readInherited, stayWith } from './shared.ts';

function readId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id > 0xffff_fffe) {
    throw new BryoError('usage', `invalid id ${JSON.stringify(text)}`);
  }
  return id;
}

function readUser(text: string | null): ProcessChanges['user'] {
  if (text === null) return null;
  const [uid = '', gid = '0'] = text.split(':');
  return { uid: readId(uid), gid: readId(gid) };
}

function readLabelFlags(parsed: ParsedArguments): ProcessChanges['labels'] {
  const apparmorProfile = parsed.text('apparmor') ?? '';
  const selinuxLabel = parsed.text('process-label') ?? '';
  if (`${apparmorProfile}${selinuxLabel}` === '') return null;
  return readLabels(new Fields({ apparmorProfile, selinuxLabel }, 'process'));
}

function readChanges(parsed: ParsedArguments): ProcessChanges {
  const args = parsed.args.slice(1);
  if (args.length === 0) throw new BryoError('usage', 'exec needs a command, or --process');
  return {
    args,
    terminal: parsed.flag('tty'),
    cwd: parsed.text('cwd'),
    env: [...parsed.texts('env')],
    user: readUser(parsed.text('user')),
    additionalGids: parsed.texts('additional-gids').map(readId),
    capabilities: parsed.texts('cap').map((name) => name.toUpperCase()),
    noNewPrivileges: parsed.flag('no-new-privs'),
    labels: readLabelFlags(parsed),
  };
}

export const command = defineRuntimeCommand({
  name: 'exec',
  summary: 'Run a further process in a container',
  synopsis: 'ID [COMMAND [ARG...]]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'none' },
  passthrough: true,
  options: [
    { name: 'process', short: 'p', value: 'FILE', help: 'file with an OCI process configuration' },
    consoleSocketOption,
    pidFileOption,
    { name: 'detach', short: 'd', help: 'leave the process to itself' },
    { name: 'tty', short: 't', help: 'give it a terminal' },
    { name: 'cwd', value: 'PATH', help: 'working directory' },
    { name: 'env', short: 'e', value: 'KEY=VALUE', repeat: true, help: 'a further variable' },
    { name: 'user', short: 'u', value: 'UID[:GID]', help: 'whom to run as' },
    {
      name: 'additional-gids',
      short: 'g',
      value: 'GID',
      repeat: true,
      help: 'a further group, with --user',
    },
    { name: 'cap', short: 'c', value: 'CAPABILITY', repeat: true, help: 'a further capability' },
    { name: 'no-new-privs', help: 'gain no privileges by execve' },
    preserveFdsOption,
    {
      name: 'ignore-paused',
      help: 'also in a container that is paused: it waits until that goes on',
    },
    {
      name: 'cgroup',
      value: 'PATH',
      help: "a control group below the container's for the process",
    },
    { name: 'apparmor', value: 'PROFILE', help: 'AppArmor profile of the process' },
    { name: 'process-label', value: 'LABEL', help: 'SELinux label of the process' },
    {
      name: 'no-subreaper',
      help: "runc's flag: the caller's subreaper adopts what is left; always so",
    },
  ],
  description: [
    "The process gets the container's own configuration with the changes that the flags ask for, or that of --process. The exit status is that of the process.",
  ],
  async run(parsed, context) {
    const path = parsed.text('process');
    const running = await execProcess(context.root, {
      id: parsed.args[0] ?? '',
      process:
        path === null ? { kind: 'changes', changes: readChanges(parsed) } : { kind: 'file', path },
      detach: parsed.flag('detach'),
      consoleSocket: parsed.text('console-socket'),
      pidFile: parsed.text('pid-file'),
      inherited: readInherited(parsed),
      ignorePaused: parsed.flag('ignore-paused'),
      cgroup: parsed.text('cgroup'),
      trace: context.debug,
    });
    return stayWith(running);
  },
});
