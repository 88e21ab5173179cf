import { BryoError } from '../../base/errors.ts';
import { readRecord } from '../../container/records.ts';
import { programPath } from '../../engine/system/quadlet/places.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { type ServiceCommands, serviceUnitText } from '../../quadlet/service-unit.ts';
import { literalWord, quoteWords } from '../../quadlet/words.ts';
import type { Invocation } from '../command.ts';
import { containerUnit, type UnitText } from './container-unit.ts';
import { readGlobals, readPodCommand } from './create-command.ts';
import { askedRestart, commonParts, readSeconds, unitName } from './unit-settings.ts';

/** systemd refuses these of a service whose commands end. */
const endless = ['always', 'on-success'];

async function podCommands(
  invocation: Invocation,
  pod: PodRecord,
  { infra, time }: { infra: string; time: readonly string[] },
): Promise<ServiceCommands> {
  const program = literalWord(programPath());
  const shown = invocation.flag('name') ? pod.name : pod.id;
  if (!invocation.flag('new')) {
    const globals = readGlobals(pod.createCommand).map(literalWord);
    const line = (...words: string[]): string => quoteWords([program, ...globals, ...words]);
    return {
      kind: 'pod',
      create: null,
      start: line('start', infra),
      stop: line('pod', 'stop', '--ignore', ...time, shown),
      remove: null,
    };
  }
  const { command: create } = await import('../pod/create.ts');
  const { globals, flags } = readPodCommand(pod.name, pod.createCommand, create.options);
  const line = (...words: string[]): string =>
    quoteWords([program, ...globals.map(literalWord), ...words]);
  return {
    kind: 'pod',
    create: line('pod', 'create', '--replace', ...flags.map(literalWord), '--name', pod.name),
    start: line('pod', 'start', pod.name),
    stop: line('pod', 'stop', '--ignore', ...time, pod.name),
    remove: line('pod', 'rm', '--force', '--ignore', pod.name),
  };
}

/** The services of a pod and of each of its containers, its own first. */
export async function podUnits(invocation: Invocation, pod: PodRecord): Promise<UnitText[]> {
  if (invocation.flag('template')) {
    throw new BryoError('usage', '--template is not supported for pods');
  }
  const { store } = invocation.context.engine;
  const infra = pod.infraId === null ? null : readRecord(store, pod.infraId);
  if (infra === null) {
    throw new BryoError(
      'usage',
      `generating systemd unit files: Pod ${JSON.stringify(pod.name)} has no infra container`,
    );
  }
  const members = membersOf(store, pod.id).filter((member) => !isHolder(member));
  const units: UnitText[] = [];
  for (const member of members) units.push(await containerUnit(invocation, member, pod));
  const timeout = readSeconds(invocation, 'stop-timeout');
  const name = unitName(invocation, 'pod', pod);
  const asked = askedRestart(invocation);
  const text = serviceUnitText({
    ...commonParts(invocation, name),
    commands: await podCommands(invocation, pod, {
      infra: invocation.flag('name') ? infra.name : infra.id,
      time: timeout === null ? [] : ['--time', String(timeout)],
    }),
    bonds: { members: units.map((unit) => `${unit.name}.service`), boundTo: null },
    restart: asked === null || endless.includes(asked) ? 'on-failure' : asked,
    startLimit: null,
    stopTimeout: timeout ?? Math.max(0, ...members.map(({ options }) => options.stopTimeout)),
  });
  return [{ name, text }, ...units];
}
