import { BryoError } from '../../base/errors.ts';
import { readRecord } from '../../container/records.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { type ServiceCommands, serviceUnitText } from '../../quadlet/service-unit.ts';
import { literalWord, quoteWords } from '../../quadlet/words.ts';
import { programPath } from '../system/quadlet/places.ts';
import { containerUnit, type UnitText } from './container-unit.ts';
import { commonParts, unitName } from './unit-parts.ts';
import type { UnitMaking } from './unit-request.ts';

/** systemd refuses these of a service whose commands end. */
const endless = ['always', 'on-success'];

async function podCommands(
  { reader, request }: UnitMaking,
  pod: PodRecord,
  { infra, time }: { infra: string; time: readonly string[] },
): Promise<ServiceCommands> {
  const program = literalWord(programPath());
  const shown = request.naming.byName ? pod.name : pod.id;
  if (!request.isNew) {
    const globals = reader.globals(pod.createCommand).map(literalWord);
    const line = (...words: string[]): string => quoteWords([program, ...globals, ...words]);
    return {
      kind: 'pod',
      create: null,
      start: line('start', infra),
      stop: line('pod', 'stop', '--ignore', ...time, shown),
      remove: null,
    };
  }
  const { globals, flags } = await reader.pod(pod.name, pod.createCommand);
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
export async function podUnits(making: UnitMaking, pod: PodRecord): Promise<UnitText[]> {
  const { engine, request } = making;
  if (request.template) {
    throw new BryoError('usage', '--template is not supported for pods');
  }
  const { store } = engine;
  const infra = pod.infraId === null ? null : readRecord(store, pod.infraId);
  if (infra === null) {
    throw new BryoError(
      'usage',
      `generating systemd unit files: Pod ${JSON.stringify(pod.name)} has no infra container`,
    );
  }
  const members = membersOf(store, pod.id).filter((member) => !isHolder(member));
  const units: UnitText[] = [];
  for (const member of members) units.push(await containerUnit(making, member, pod));
  const { stopTimeout: timeout, restart: asked } = request;
  const name = unitName(request, 'pod', pod);
  const text = serviceUnitText({
    ...commonParts(request, name),
    commands: await podCommands(making, pod, {
      infra: request.naming.byName ? infra.name : infra.id,
      time: timeout === null ? [] : ['--time', String(timeout)],
    }),
    bonds: { members: units.map((unit) => `${unit.name}.service`), boundTo: null },
    restart: asked === null || endless.includes(asked) ? 'on-failure' : asked,
    startLimit: null,
    stopTimeout: timeout ?? Math.max(0, ...members.map(({ options }) => options.stopTimeout)),
  });
  return [{ name, text }, ...units];
}
