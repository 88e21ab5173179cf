import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { findPod } from '../../pod/records.ts';
import { badValue } from '../../request/values.ts';
import type { Store } from '../../store/paths.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { containerUnit, type UnitText } from './container-unit.ts';
import { podUnits } from './pod-units.ts';
import { restartPolicies } from './unit-settings.ts';

/** The container of that name; null: there is none. */
function containerCalled(store: Store, nameOrId: string): ContainerRecord | null {
  try {
    return findRecord(store, nameOrId);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-such-container') return null;
    throw error;
  }
}

/** The pod of that name. Throws BryoError `no-such-container` where there is none. */
function podCalled(store: Store, nameOrId: string): PodRecord {
  try {
    return findPod(store, nameOrId);
  } catch (error) {
    if (!(error instanceof BryoError) || error.code !== 'no-such-pod') throw error;
    throw new BryoError(
      'no-such-container',
      `${nameOrId} does not refer to a container or pod: no such container or pod`,
    );
  }
}

/** The units of what has that name: a container, else a pod. */
async function unitsOf(invocation: Invocation, nameOrId: string): Promise<UnitText[]> {
  const { store } = invocation.context.engine;
  const record = containerCalled(store, nameOrId);
  if (record !== null) return [await containerUnit(invocation, record, null)];
  return podUnits(invocation, podCalled(store, nameOrId));
}

async function generate(invocation: Invocation): Promise<number> {
  const { context, args } = invocation;
  const format = invocation.text('format');
  if (format !== null && format !== 'json')
    throw badValue('--format', format, 'only json is known');
  const units = await unitsOf(invocation, args[0] ?? '');
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
