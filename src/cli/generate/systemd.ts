import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import {
  readRestartPolicy,
  restartPolicies,
  type UnitRequest,
} from '../../engine/generate/unit-request.ts';
import { unitsOf } from '../../engine/generate/units.ts';
import { badValue, readNumber } from '../../request/values.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { createCommandReader } from './create-command.ts';

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

function readTemplate(invocation: Invocation): boolean {
  const template = invocation.flag('template');
  if (template && invocation.given('new') && !invocation.flag('new')) {
    throw new BryoError('usage', '--template cannot be set with --new=false');
  }
  return template;
}

function readRequest(invocation: Invocation): UnitRequest {
  const seconds = (flag: string): number | null => {
    const text = invocation.text(flag);
    return text === null ? null : readNumber(`--${flag}`, text, 0);
  };
  return {
    isNew: invocation.flag('new'),
    template: readTemplate(invocation),
    naming: {
      byName: invocation.flag('name'),
      container: invocation.text('container-prefix') ?? 'container',
      pod: invocation.text('pod-prefix') ?? 'pod',
      separator: invocation.text('separator') ?? '-',
    },
    header: !invocation.flag('no-header'),
    dependencies: {
      wants: invocation.texts('wants'),
      after: invocation.texts('after'),
      requires: invocation.texts('requires'),
    },
    environment: readEnvironment(invocation.texts('env')),
    restart: readRestartPolicy('--restart-policy', invocation.text('restart-policy')),
    restartSec: seconds('restart-sec'),
    startTimeout: seconds('start-timeout'),
    stopTimeout: seconds('stop-timeout'),
  };
}

async function generate(invocation: Invocation): Promise<number> {
  const { context, args } = invocation;
  const format = invocation.text('format');
  if (format !== null && format !== 'json')
    throw badValue('--format', format, 'only json is known');
  const request = readRequest(invocation);
  const making = {
    engine: context.engine,
    reader: createCommandReader(context.globalWords),
    request,
  };
  const units = await unitsOf(making, args[0] ?? '');
  const shown = units.map(({ name, text }) => {
    if (!invocation.flag('files')) return { name, text };
    const path = resolve(`${name}.service`);
    writeFileSync(path, text, { mode: 0o644 });
    return { name, text: path };
  });
  if (format === 'json') {
    const byName = Object.fromEntries(shown.map(({ name, text }) => [name, text]));
    printLine(context, jsonText(byName, 4));
  } else {
    for (const { text } of shown) {
      context.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    }
  }
  return 0;
}

const unitOption = { value: 'UNIT', repeat: true } as const;

export const command = defineCommand({
  name: 'generate-systemd',
  noun: 'generate',
  summary: 'Print services of systemd that run a container or a pod',
  synopsis: 'CONTAINER|POD',
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
    {
      name: 'pod-prefix',
      value: 'PREFIX',
      default: 'pod',
      help: "what the name of a pod's service begins with",
    },
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
  description: [
    'Prints a unit file for the service manager of a user: put it into ~/.config/systemd/user, say systemctl --user daemon-reload, and enable it. Unit files of containers do the same with less: see bryo-systemd.unit(5).',
    'Without --new the service starts and stops the container that is there, and lasts as long as it runs. With --new it is made by the flags that the container was made with. The service is ready once the container runs, or as its --sdnotify=container or healthy says.',
    'Of a pod there is a service that starts and stops it, and one for each of its containers, which goes with the first.',
  ],
  examples: [
    {
      command: 'bryo generate systemd --new --name --files web',
      says: 'container-web.service, here',
    },
  ],
  run: generate,
});
