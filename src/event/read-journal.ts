import { eventFields } from '../contract/events.ts';
import type { EngineEvent, EventType } from './event.ts';
import { eventIdentifier } from './event-journal.ts';
import {
  fieldText,
  type JournalEntry,
  type JournalQuery,
  type JournalReader,
  openJournal,
  readJournal,
} from './journalctl.ts';

function parseLabels(text: string | null): Record<string, string> | null {
  try {
    return text === null ? null : (JSON.parse(text) as Record<string, string>);
  } catch {
    return null;
  }
}

/** The event that an entry tells of; null when it is something else. */
export function eventOf(entry: JournalEntry): EngineEvent | null {
  const text = (name: string): string | undefined => fieldText(entry, name) ?? undefined;
  const told = (name: keyof typeof eventFields): string | undefined =>
    text(eventFields[name].field);
  const [Type, Status, Time] = [text('PODMAN_TYPE'), told('status'), told('time')];
  if (Type === undefined || Status === undefined || Time === undefined) return null;
  const [ID, Image, Name] = [text('PODMAN_ID'), text('PODMAN_IMAGE'), text('PODMAN_NAME')];
  const Network = text('PODMAN_NETWORK_NAME');
  const inspection = text('PODMAN_CONTAINER_INSPECT_DATA');
  const [code, HealthStatus] = [told('exitCode'), told('healthStatus')];
  const [HealthLog, ExecID] = [told('healthLog'), told('session')];
  const [Refused, omitted] = [told('refused'), told('omitted')];
  return {
    Type: Type as EventType,
    Status,
    Time,
    ...(ID !== undefined && { ID }),
    ...(Image !== undefined && { Image }),
    ...(Name !== undefined && { Name }),
    ...(Network !== undefined && { Network }),
    ...(code !== undefined && { ContainerExitCode: Number(code) }),
    ...(HealthStatus !== undefined && { HealthStatus }),
    ...(Refused !== undefined && { Refused }),
    ...(omitted !== undefined && { Omitted: Number(omitted) }),
    ...(HealthLog !== undefined && { HealthLog }),
    ...(ExecID !== undefined && { ExecID }),
    ...(inspection !== undefined && { ContainerInspectData: inspection }),
    Attributes: parseLabels(text('PODMAN_LABELS') ?? null),
  };
}

/** Of the journal's entries those about events. */
function eventEntries(since: bigint | null, past: boolean, follow: boolean): JournalQuery {
  return {
    matches: { SYSLOG_IDENTIFIER: eventIdentifier },
    since,
    lines: past ? null : 0,
    follow,
  };
}

/** The journal's entries about events. */
export function readJournalEvents(
  since: bigint | null,
  past: boolean,
  follow: boolean,
): JournalReader {
  return readJournal(eventEntries(since, past, follow));
}

/** A descriptor from which entries about events come (openJournal), with those that are to come. */
export function openJournalEvents(since: bigint | null, past: boolean): number {
  return openJournal(eventEntries(since, past, true));
}
