import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { type ServiceCommands, serviceUnitText } from '../../quadlet/service-unit.ts';
import { literalWord, quoteWords } from '../../quadlet/words.ts';
import type { SdnotifyRequest } from '../../request/lifecycle.ts';
import { podOf } from '../containers/pod-group.ts';
import type { Engine } from '../engine.ts';
import { checkPodGroup } from '../pods/join.ts';
import { programPath } from '../system/quadlet/places.ts';
import type { CreateCommand, CreateCommandReader } from './create-commands.ts';
import { commonParts, ownRestart, unitName } from './unit-parts.ts';
import type { UnitMaking } from './unit-request.ts';

/** A unit file: its name without `.service`, and its text. */
export interface UnitText {
  name: string;
  text: string;
}

/**
 * A process says itself that it is ready if its container was made so, and not only because that is what
 * bryo does unasked: most know nothing of it. With `ignore` a service would wait in vain.
 */
function readyWhen(command: CreateCommand | null, { options }: ContainerRecord): SdnotifyRequest {
  const { sdnotify } = options;
  if (sdnotify === 'healthy') return 'healthy';
  return sdnotify === 'container' && command?.sdnotify === sdnotify ? 'container' : 'conmon';
}

/** Null: a client of the API has made the container. */
async function commandIfAny(
  reader: CreateCommandReader,
  record: ContainerRecord,
): Promise<CreateCommand | null> {
  try {
    return await reader.container(record.name, record.createCommand);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-create-command') return null;
    throw error;
  }
}

async function existingCommands(
  { engine, reader, request }: UnitMaking,
  record: ContainerRecord,
  stop: readonly string[],
): Promise<ServiceCommands> {
  const program = literalWord(programPath());
  const shown = request.naming.byName ? record.name : record.id;
  const pod = podOf(engine, record);
  if (pod !== null) checkPodGroup({ ...record.options, cgroups: 'split' }, pod);
  const globals = reader.globals(record.createCommand).map(literalWord);
  const ready = readyWhen(await commandIfAny(reader, record), record);
  const own = ['--cgroups=split', `--sdnotify=${ready}`];
  return {
    kind: 'existing',
    start: quoteWords([program, ...globals, 'start', ...own, shown]),
    stop: quoteWords([program, ...globals, ...stop, shown]),
  };
}

/** Variables whose values the maker's environment had: a service gets them for its own. */
function passedOn({ flags }: CreateCommand, { options }: ContainerRecord): string[] {
  return flags.flatMap((flag) => {
    const [, name = ''] = /^--env=([^=]+)$/.exec(flag) ?? [];
    const value = options.env[name];
    return value === undefined ? [] : [`${name}=${value}`.replaceAll('%', '%%')];
  });
}

function newCommands(
  { flags, rest, ...command }: CreateCommand,
  pod: PodRecord | null,
  { name, stop, ready }: { name: string; stop: readonly string[]; ready: SdnotifyRequest },
): ServiceCommands {
  const program = literalWord(programPath());
  const globals = command.globals.map(literalWord);
  const own = ['--name', name, '--replace', '--rm', '--cgroups=split', `--sdnotify=${ready}`];
  const member = pod === null ? [] : ['--pod', pod.name];
  const words = ['run', '--detach', ...own, ...[...member, ...flags, ...rest].map(literalWord)];
  return {
    kind: 'new',
    start: quoteWords([program, ...globals, ...words]),
    stop: quoteWords([program, ...globals, ...stop, name]),
    remove: quoteWords([program, ...globals, 'rm', '--force', '--ignore', '--volumes', name]),
  };
}

/** Two who start it anew, systemd and bryo, are at odds when the machine goes down. */
function warnOfRestart(engine: Engine, { id, options }: ContainerRecord): void {
  if (options.restart.policy === 'no') return;
  engine.log(
    'warn',
    `Container ${id} has restart policy ${JSON.stringify(options.restart.policy)} which can lead to issues on shutdown: consider recreating the container without a restart policy and use systemd's restart mechanism instead`,
  );
}

/** The service of a container; `pod` is the one whose service is made beside it, null: none is. */
export async function containerUnit(
  making: UnitMaking,
  record: ContainerRecord,
  pod: PodRecord | null,
): Promise<UnitText> {
  const { engine, reader, request } = making;
  const { template, restart: asked } = request;
  const isNew = request.isNew || template;
  if (!isNew) warnOfRestart(engine, record);
  const base = unitName(request, 'container', record);
  const stopTimeout = request.stopTimeout ?? record.options.stopTimeout;
  const stop = ['stop', '--ignore', '--time', String(stopTimeout)];
  const name = template ? `${record.name}-%i` : record.name;
  const joined = pod ?? podOf(engine, record);
  const { max } = record.options.restart;
  const made = isNew ? await reader.container(record.name, record.createCommand) : null;
  const common = commonParts(request, template ? `${base}@` : base);
  const text = serviceUnitText({
    ...common,
    environment: [...(made === null ? [] : passedOn(made, record)), ...common.environment],
    commands:
      made === null
        ? await existingCommands(making, record, stop)
        : newCommands(made, joined, { name, stop, ready: readyWhen(made, record) }),
    bonds: {
      members: [],
      boundTo: pod === null ? null : `${unitName(request, 'pod', pod)}.service`,
    },
    restart: asked ?? ownRestart(record),
    startLimit: asked === null && max > 0 ? max : null,
    stopTimeout,
  });
  // The file of a template has podman's name, to which its user adds the @.
  return { name: base, text };
}
