import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { podOf } from '../../engine/containers/pod-group.ts';
import { checkPodGroup } from '../../engine/pods/join.ts';
import { programPath } from '../../engine/system/quadlet/places.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { type ServiceCommands, serviceUnitText } from '../../quadlet/service-unit.ts';
import { literalWord, quoteWords } from '../../quadlet/words.ts';
import type { SdnotifyRequest } from '../../request/lifecycle.ts';
import type { Invocation } from '../command.ts';
import { type CreateCommand, readCreateCommand, readGlobals } from './create-command.ts';
import { askedRestart, commonParts, ownRestart, readSeconds, unitName } from './unit-settings.ts';

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

async function commandOf(record: ContainerRecord): Promise<CreateCommand> {
  const { command: run } = await import('../container/run.ts');
  return readCreateCommand(record.name, record.createCommand, run.options);
}

/** Null: a client of the API has made the container. */
async function commandIfAny(record: ContainerRecord): Promise<CreateCommand | null> {
  try {
    return await commandOf(record);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-create-command') return null;
    throw error;
  }
}

async function existingCommands(
  invocation: Invocation,
  record: ContainerRecord,
  stop: readonly string[],
): Promise<ServiceCommands> {
  const program = literalWord(programPath());
  const shown = invocation.flag('name') ? record.name : record.id;
  const pod = podOf(invocation.context.engine, record);
  if (pod !== null) checkPodGroup({ ...record.options, cgroups: 'split' }, pod);
  const globals = readGlobals(record.createCommand).map(literalWord);
  const ready = readyWhen(await commandIfAny(record), record);
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

function checkTemplate(invocation: Invocation): boolean {
  const template = invocation.flag('template');
  if (template && invocation.given('new') && !invocation.flag('new')) {
    throw new BryoError('usage', '--template cannot be set with --new=false');
  }
  return template;
}

/** Two who start it anew, systemd and bryo, are at odds when the machine goes down. */
function warnOfRestart(invocation: Invocation, { id, options }: ContainerRecord): void {
  if (options.restart.policy === 'no') return;
  invocation.context.engine.log(
    'warn',
    `Container ${id} has restart policy ${JSON.stringify(options.restart.policy)} which can lead to issues on shutdown: consider recreating the container without a restart policy and use systemd's restart mechanism instead`,
  );
}

/** The service of a container; `pod` is the one whose service is made beside it, null: none is. */
export async function containerUnit(
  invocation: Invocation,
  record: ContainerRecord,
  pod: PodRecord | null,
): Promise<UnitText> {
  const template = checkTemplate(invocation);
  const isNew = invocation.flag('new') || template;
  if (!isNew) warnOfRestart(invocation, record);
  const base = unitName(invocation, 'container', record);
  const stopTimeout = readSeconds(invocation, 'stop-timeout') ?? record.options.stopTimeout;
  const stop = ['stop', '--ignore', '--time', String(stopTimeout)];
  const name = template ? `${record.name}-%i` : record.name;
  const joined = pod ?? podOf(invocation.context.engine, record);
  const asked = askedRestart(invocation);
  const { max } = record.options.restart;
  const made = isNew ? await commandOf(record) : null;
  const common = commonParts(invocation, template ? `${base}@` : base);
  const text = serviceUnitText({
    ...common,
    environment: [...(made === null ? [] : passedOn(made, record)), ...common.environment],
    commands:
      made === null
        ? await existingCommands(invocation, record, stop)
        : newCommands(made, joined, { name, stop, ready: readyWhen(made, record) }),
    bonds: {
      members: [],
      boundTo: pod === null ? null : `${unitName(invocation, 'pod', pod)}.service`,
    },
    restart: asked ?? ownRestart(record),
    startLimit: asked === null && max > 0 ? max : null,
    stopTimeout,
  });
  // The file of a template has podman's name, to which its user adds the @.
  return { name: base, text };
}
