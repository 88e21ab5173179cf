import { parseEndArgument, parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { jsonText, printable } from '../../base/text.ts';
import { eventFilter } from '../../engine/system/event-filters.ts';
import { watchEvents } from '../../engine/system/watch-events.ts';
import type { EngineEvent } from '../../event/event.ts';
import { GoTime } from '../../template/go-time.ts';
import { defineCommand } from '../command.ts';
import type { Dialect } from '../dialect.ts';
import { formatRows } from '../format/format-flag.ts';
import { isJsonFormat } from '../format/json-format.ts';

function shownId(id: string, whole: boolean): string {
  return whole ? id : id.slice(0, 12);
}

/** The details that podman tells in brackets of a container or pod. */
function details(event: EngineEvent): string {
  const words = [`image=${event.Image ?? ''}`, `name=${event.Name ?? ''}`];
  if (event.HealthStatus !== undefined) words.push(`health_status=${event.HealthStatus}`);
  if (event.HealthLog !== undefined) words.push(`health_log=${event.HealthLog}`);
  if (event.Refused !== undefined) words.push(`refused=${event.Refused}`);
  if (event.Omitted !== undefined) words.push(`omitted=${event.Omitted}`);
  for (const [key, value] of Object.entries(event.Attributes ?? {})) words.push(`${key}=${value}`);
  return `(${words.join(', ')})`;
}

/** podman's words for a time that is none. */
function inWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    const { code, message, hint } = error;
    throw new BryoError(code, `failed to parse event filters: ${message}`, {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }
}

function reasonOf({ Error: reason }: EngineEvent): string[] {
  return reason === undefined ? [] : [reason];
}

/** podman's words of a network: of its own, or of the container that joins or leaves it. */
function networkWords(event: EngineEvent, whole: boolean): string[] {
  const { Status, ID = '', Network = '', Attributes } = event;
  const id = shownId(ID, whole);
  return Status === 'create' || Status === 'remove'
    ? [ID, `(name=${Network}, type=${Attributes?.['driver'] ?? ''})`]
    : [id, `(container=${id}, name=${Network})`];
}

/** A line as podman has it. */
function eventText(event: EngineEvent, whole: boolean): string {
  const { Type, Status, ID = '', Name = '' } = event;
  const words = [String(GoTime.parse(event.Time) ?? event.Time), Type, Status];
  if (Type === 'container' || Type === 'pod') words.push(shownId(ID, whole), details(event));
  else if (Type === 'image') words.push(shownId(ID, whole), Name, ...reasonOf(event));
  else if (Type === 'secret') words.push(shownId(ID, whole));
  else if (Type === 'network') words.push(...networkWords(event, whole));
  else if (Name !== '') words.push(Name);
  return printable(words.join(' '));
}

/** For templates, which find every field. */
function eventRow(event: EngineEvent): Record<string, unknown> {
  return {
    ID: '',
    Image: '',
    Name: '',
    Network: '',
    ContainerExitCode: 0,
    HealthStatus: '',
    Refused: '',
    Omitted: 0,
    Error: '',
    ContainerInspectData: '',
    Attributes: {},
    ...event,
    Time: GoTime.parse(event.Time) ?? event.Time,
  };
}

function show(
  event: EngineEvent,
  { format, whole, dialect }: { format: string | null; whole: boolean; dialect: Dialect },
): string {
  if (format === null) return `${eventText(event, whole)}\n`;
  if (isJsonFormat(format)) return `${jsonText(event)}\n`;
  return formatRows(format, [eventRow(event)], { dialect });
}

export const command = defineCommand({
  name: 'events',
  noun: 'system',
  summary: 'Show what happens to containers, pods, images, volumes, networks and secrets',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'filter',
      short: 'f',
      value: 'KEY=VALUE',
      repeat: true,
      help: 'only those that fit: container, event, image, label, network, pod, secret, type or volume',
    },
    { name: 'format', value: 'FORMAT', help: 'json (a line each), or a Go template' },
    { name: 'no-trunc', on: true, help: 'print whole ids' },
    {
      name: 'since',
      value: 'TIME',
      help: 'also from this time on: a date, seconds since 1970, or a duration ago',
    },
    { name: 'stream', on: true, help: 'go on with what happens, until interrupted' },
    {
      name: 'until',
      value: 'TIME',
      help: 'up to this time: a date, seconds since 1970, or a duration from now',
    },
  ],
  description: [
    'Shows what happens from now on, a line each; with --since or --until also what has happened, with --stream=false that alone.',
    'Events are kept in a file of the volatile directory (--runroot), the newest one to two MiB of them, or with the global flag --events-backend journald in the journal. Those of running containers are told by their monitors. Another one than podman has is network_lost: the network helper of a container has ended, and bryo ps and inspect say so until the container is started again; or what relays its ports has, and cannot be started again, and they say so until it can.',
  ],
  examples: [
    { command: 'bryo events --filter event=died', says: 'watch containers end' },
    { command: 'bryo events --since 1h --stream=false --format json', says: 'the last hour' },
  ],
  async run(invocation) {
    const { context } = invocation;
    if (context.engine.eventsBackend === 'none') {
      throw new BryoError('unsupported', 'cannot read events with the "none" backend');
    }
    const now = new Date();
    const [since, until] = [invocation.text('since'), invocation.text('until')];
    const fits = eventFilter(context.engine, invocation.texts('filter'));
    const format = invocation.text('format');
    const whole = invocation.flag('no-trunc');
    const events = watchEvents(context.engine, {
      since: since === null ? null : inWords(() => parseTimeArgument(since, now)),
      until: until === null ? null : inWords(() => parseEndArgument(until, now)),
      stream: invocation.flag('stream'),
    });
    for await (const event of events) {
      if (fits(event))
        context.stdout.write(show(event, { format, whole, dialect: context.dialect }));
    }
    return 0;
  },
});
