import { formatTimestamp } from '../base/duration.ts';
import { configFlag } from '../config/config.ts';
import type { ContainerRecord } from '../container/record.ts';
import { eventAttributes } from '../event/attributes.ts';
import type { EngineEvent } from '../event/event.ts';
import { appendEventLine, eventFile, eventFileLimit } from '../event/event-file.ts';
import { sendToJournal, subjectFields } from '../event/event-journal.ts';
import { journalFields } from '../event/journal-fields.ts';
import type { Network } from '../network/config/network.ts';
import type { EventsInput } from '../plan/launch-input.ts';
import type { PodRecord } from '../pod/pod.ts';
import type { SecretInfo } from '../secret/secret.ts';
import type { Engine } from './engine.ts';

type NewEvent = Omit<EngineEvent, 'Time'>;

/** The moment with as many digits as the clock has here. */
function now(): string {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
  return formatTimestamp(BigInt(microseconds) * 1000n);
}

/**
 * Tells whoever looks on (`bryo events`) what has happened. Never throws: what was done is done,
 * whether anybody hears of it or not.
 */
export function recordEvent(engine: Engine, event: NewEvent): void {
  if (engine.eventsBackend === 'none') return;
  const timed: EngineEvent = { ...event, Time: now() };
  try {
    if (engine.eventsBackend === 'journald') sendToJournal(timed);
    else {
      const file = eventFile(engine.store, engine.config);
      appendEventLine(file, `${JSON.stringify(timed)}\n`, eventFileLimit(engine.config));
    }
  } catch (error) {
    engine.log('debug', `the event ${event.Type} ${event.Status} was lost: ${error}`);
  }
}

function subjectOf(record: ContainerRecord) {
  return {
    ID: record.id,
    Image: record.rootfs.kind === 'image' ? record.rootfs.imageName : '',
    Name: record.name,
    Attributes: eventAttributes(record.labels),
  };
}

/** Tells of a container in the events. */
export function recordContainerEvent(
  engine: Engine,
  record: ContainerRecord,
  status: string,
): void {
  recordEvent(engine, { Type: 'container', Status: status, ...subjectOf(record) });
}

/** Null: the container cannot be described, which is no reason to take it back. */
async function inspectionOf(engine: Engine, record: ContainerRecord): Promise<string | null> {
  const { inspectWithSize } = await import('./containers/inspect-with-size.ts');
  try {
    return JSON.stringify(await inspectWithSize(engine, record));
  } catch (error) {
    engine.log('debug', `the event of container ${record.id} describes nothing: ${error}`);
    return null;
  }
}

/** Tells of a container that was made, and describes it where containers.conf(5) asks for that. */
export async function recordCreation(engine: Engine, record: ContainerRecord): Promise<void> {
  const subject = subjectOf(record);
  const event: NewEvent = { Type: 'container', Status: 'create', ...subject };
  if (configFlag(engine.config, 'engine.events_container_create_inspect_data') !== true) {
    recordEvent(engine, event);
    return;
  }
  const ContainerInspectData = await inspectionOf(engine, record);
  recordEvent(engine, { ...event, ...(ContainerInspectData !== null && { ContainerInspectData }) });
}

/** Tells of an image in the events. */
export function recordImageEvent(engine: Engine, status: string, id: string, name: string): void {
  recordEvent(engine, { Type: 'image', Status: status, ID: id, Name: name, Attributes: null });
}

/** Tells of an image that could not be pulled. */
export function recordPullError(engine: Engine, name: string, reason: string): void {
  recordEvent(engine, {
    Type: 'image',
    Status: 'pull-error',
    Name: name,
    Error: reason,
    Attributes: null,
  });
}

/** Tells of a volume in the events. */
export function recordVolumeEvent(engine: Engine, status: string, name: string): void {
  recordEvent(engine, { Type: 'volume', Status: status, Name: name, Attributes: null });
}

/** Tells of a pod in the events; what its containers do they tell themselves. */
export function recordPodEvent(engine: Engine, { id, name }: PodRecord, status: string): void {
  recordEvent(engine, { Type: 'pod', Status: status, ID: id, Name: name, Attributes: null });
}

/** Tells of a secret in the events, as podman 5 does; 4.3 does not. */
export function recordSecretEvent(
  engine: Engine,
  { id, name }: Pick<SecretInfo, 'id' | 'name'>,
  status: string,
): void {
  recordEvent(engine, { Type: 'secret', Status: status, ID: id, Name: name, Attributes: null });
}

/** Tells of a network in the events. */
export function recordNetworkEvent(
  engine: Engine,
  { id, name, driver }: Pick<Network, 'id' | 'name' | 'driver'>,
  status: 'create' | 'remove',
): void {
  const Attributes = { driver };
  recordEvent(engine, { Type: 'network', Status: status, ID: id, Network: name, Attributes });
}

/** Tells of a container that joins or leaves a network. */
export function recordConnection(
  engine: Engine,
  { id, name }: ContainerRecord,
  status: 'connect' | 'disconnect',
  network: string,
): void {
  const subject = { ID: id, Name: name, Network: network };
  recordEvent(engine, { Type: 'network', Status: status, ...subject, Attributes: null });
}

/** Tells of work on the store as a whole. */
export function recordSystemEvent(engine: Engine, status: string): void {
  recordEvent(engine, { Type: 'system', Status: status, Attributes: null });
}

/** The means of a container's monitor to tell of its events; null: it tells nobody. */
export function monitorEvents(
  engine: Engine,
  record: ContainerRecord,
  session = '',
): EventsInput | null {
  const subject = subjectOf(record);
  switch (engine.eventsBackend) {
    case 'none':
      return null;
    case 'journald':
      return {
        path: '',
        limit: 0n,
        subject: '',
        journal: journalFields(subjectFields({ Type: 'container', ...subject })),
        session,
      };
    case 'file':
      return {
        path: eventFile(engine.store, engine.config),
        limit: BigInt(eventFileLimit(engine.config)),
        // Without its braces: the monitor puts it into an object of its own.
        subject: JSON.stringify(subject).slice(1, -1),
        journal: new Uint8Array(),
        session,
      };
  }
}
