import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { version } from '../../base/version.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { podOf } from '../../engine/containers/pod-group.ts';
import { checkPodGroup } from '../../engine/pods/join.ts';
import { programPath } from '../../engine/system/quadlet/places.ts';
import { type ServiceCommands, serviceUnitText } from '../../quadlet/service-unit.ts';
import { literalWord, quoteWords } from '../../quadlet/words.ts';
import type { SdnotifyRequest } from '../../request/lifecycle.ts';
import { badValue, readNumber } from '../../request/values.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { readCreateCommand, readGlobals } from './create-command.ts';

const restartPolicies = [
  ...['no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'],
];

function readRestart(invocation: Invocation, record: ContainerRecord): string {
  const asked = invocation.text('restart-policy');
  if (asked === null) {
    const { policy } = record.options.restart;
    return policy === 'no' ? 'on-failure' : policy === 'unless-stopped' ? 'always' : policy;
  }
  if (!restartPolicies.includes(asked)) {
    throw badValue('--restart-policy', asked, `one of ${restartPolicies.join(', ')} is needed`);
  }
  return asked;
}

function readSeconds(invocation: Invocation, flag: string): number | null {
  const text = invocation.text(flag);
  return text === null ? null : readNumber(`--${flag}`, text, 0);
}

/** `NAME`, or that of the caller; `PREFIX*`: all of the caller's that begin so. */
function readEnvironment(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (word.includes('=')) return [word];
    const entries = Object.entries(process.env).filter(([name]) =>
      word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word,
    );
    return entries.map(([name, value]) => `${name}=${value ?? ''}`);
  });
}

/** Of one that was not made for a service it is not known that its process says so itself. */
function readyWhen({ options }: ContainerRecord): SdnotifyRequest {
  return options.sdnotify === 'healthy' ? 'healthy' : 'conmon';
}

async function commandsFor(
  invocation: Invocation,
  record: ContainerRecord,
  options: { isNew: boolean; name: string; stopTimeout: number },
): Promise<ServiceCommands> {
  const { isNew, name, stopTimeout } = options;
  const program = literalWord(programPath());
  const stop = ['stop', '--ignore', '--time', String(stopTimeout)];
  if (!isNew) {
    const shown = invocation.flag('name') ? record.name : record.id;
    const { engine } = invocation.context;
    const pod = podOf(engine, record);
    if (pod !== null) checkPodGroup({ ...record.options, cgroups: 'split' }, pod);
    const globals = readGlobals(record.createCommand).map(literalWord);
    const own = ['--cgroups=split', `--sdnotify=${readyWhen(record)}`];
    return {
      kind: 'existing',
      start: quoteWords([program, ...globals, 'start', ...own, shown]),
      stop: quoteWords([program, ...globals, ...stop, shown]),
    };
  }
  const { command: run } = await import('../container/run.ts');
  const { flags, rest, ...command } = readCreateCommand(
    record.name,
    record.createCommand,
    run.options,
  );
  const globals = command.globals.map(literalWord);
  const own = ['--name', name, '--replace', '--rm', '--cgroups=split', '--sdnotify=conmon'];
  const log = flags.some((flag) => flag.startsWith('--log-driver'))
    ? []
    : ['--log-driver=passthrough'];
  const literal = [...log, ...flags, ...rest].map(literalWord);
  const words = ['run', '--detach', ...own, ...literal];
  return {
    kind: 'new',
    start: quoteWords([program, ...globals, ...words]),
    stop: quoteWords([program, ...globals, ...stop, name]),
    remove: quoteWords([program, ...globals, 'rm', '--force', '--ignore', '--volumes', name]),
  };
}

interface UnitText {
  name: string;
  text: string;
}

async function unitText(invocation: Invocation, record: ContainerRecord): Promise<UnitText> {
  const template = invocation.flag('template');
  if (template && invocation.given('new') && !invocation.flag('new')) {
    throw new BryoError('usage', '--template needs --new');
  }
  const prefix = invocation.text('container-prefix') ?? 'container';
  const separator = invocation.text('separator') ?? '-';
  const shown = invocation.flag('name') ? record.name : record.id;
  const base = `${prefix}${prefix === '' ? '' : separator}${shown}`;
  const name = template ? `${base}@` : base;
  const stopTimeout = readSeconds(invocation, 'stop-timeout') ?? record.options.stopTimeout;
  const commands = await commandsFor(invocation, record, {
    isNew: invocation.flag('new') || template,
    name: template ? `${record.name}-%i` : record.name,
    stopTimeout,
  });
  const header = [`${name}.service`, `Made by bryo ${version} on ${new Date().toUTCString()}`];
  const text = serviceUnitText({
    name,
    commands,
    header: invocation.flag('no-header') ? [] : header,
    description: `bryo ${name}.service`,
    dependencies: {
      wants: invocation.texts('wants'),
      after: invocation.texts('after'),
      requires: invocation.texts('requires'),
    },
    environment: readEnvironment(invocation.texts('env')).map((pair) => pair.replaceAll('%', '%%')),
    restart: readRestart(invocation, record),
    restartSec: readSeconds(invocation, 'restart-sec'),
    startTimeout: readSeconds(invocation, 'start-timeout'),
    stopTimeout,
  });
  return { name, text };
}

async function generate(invocation: Invocation): Promise<number> {
  const { context, args } = invocation;
  const record = findRecord(context.engine.store, args[0] ?? '');
  const format = invocation.text('format');
  if (format !== null && format !== 'json')
    throw badValue('--format', format, 'only json is known');
  const { name, text } = await unitText(invocation, record);
  let shown = text;
  if (invocation.flag('files')) {
    shown = resolve(`${name}.service`);
    writeFileSync(shown, text, { mode: 0o644 });
  }
  if (format === 'json') printLine(context, jsonText({ [name]: shown }, 4));
  else context.stdout.write(shown.endsWith('\n') ? shown : `${shown}\n`);
  return 0;
}

const unitOption = { value: 'UNIT', repeat: true } as const;

export const command = defineCommand({
  name: 'generate-systemd',
  noun: 'generate',
  summary: 'Print a service of systemd that runs a container',
  synopsis: 'CONTAINER',
  arguments: { min: 1, max: 1, kind: 'container' },
  options: [
    { ...unitOption, name: 'after', help: 'start after this unit (After=)' },
    {
      name: 'container-prefix',
      value: 'PREFIX',
      default: 'container',
      help: 'what the name of the service begins with',
    },
    {
      name: 'env',
      short: 'e',
      value: 'NAME[=VALUE]',
      repeat: true,
      help: 'a variable of the service; without a value that of the caller, with * all that begin so',
    },
    { name: 'files', short: 'f', help: 'write a file here instead of printing it' },
    {
      name: 'format',
      value: 'FORMAT',
      help: 'json: an object with the text, or path, by its name',
    },
    { name: 'name', short: 'n', help: "use the container's name instead of its id" },
    { name: 'new', help: 'the service makes the container anew for each start, and removes it' },
    { name: 'no-header', help: 'leave the comment at the top away' },
    { ...unitOption, name: 'requires', help: 'needs this unit (Requires=)' },
    {
      name: 'restart-policy',
      value: 'POLICY',
      choices: restartPolicies,
      help: "when systemd starts it again; the container's own policy, else on-failure",
    },
    { name: 'restart-sec', value: 'SECONDS', help: 'how long systemd waits before that' },
    {
      name: 'separator',
      value: 'TEXT',
      default: '-',
      help: 'what is between the prefix and the name',
    },
    { name: 'start-timeout', value: 'SECONDS', help: 'how long a start may take' },
    {
      name: 'stop-timeout',
      aliases: ['time'],
      short: 't',
      value: 'SECONDS',
      help: 'how long the container has to end; its own stop timeout otherwise',
    },
    { name: 'template', help: 'a template with an instance name (%i); needs, and is, --new' },
    { ...unitOption, name: 'wants', help: 'wants this unit (Wants=)' },
  ],
  refused: {
    'pod-prefix': 'units are made of containers; a .pod file of Quadlet makes those of a pod',
  },
  description: [
    'Prints a unit file for the service manager of a user: put it into ~/.config/systemd/user, say systemctl --user daemon-reload, and enable it. Unit files of containers do the same with less: see bryo-systemd.unit(5).',
    'Without --new the service starts and stops the container that is there, and lasts as long as it runs. With --new it is made by the flags that the container was made with.',
  ],
  examples: [
    {
      command: 'bryo generate systemd --new --name --files web',
      says: 'container-web.service, here',
    },
  ],
  run: generate,
});
