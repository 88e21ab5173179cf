import { eventFields } from '../contract/events.ts';
import { addon } from '../native/addon.ts';
import type { EngineEvent } from './event.ts';
import { journalSocket } from './event-file.ts';
import { journalFields } from './journal-fields.ts';

/** The identifier that `bryo events` looks for; the other names are podman's. */
export const eventIdentifier = 'bryo';

/** The fields that say whom events happen to. */
export function subjectFields(event: Omit<EngineEvent, 'Status' | 'Time'>): Record<string, string> {
  const { Type, ID, Image, Name, Network, Attributes } = event;
  return {
    SYSLOG_IDENTIFIER: eventIdentifier,
    PRIORITY: '6',
    PODMAN_TYPE: Type,
    ...(ID !== undefined && { PODMAN_ID: ID }),
    ...(Name !== undefined && { PODMAN_NAME: Name }),
    ...(Network !== undefined && { PODMAN_NETWORK_NAME: Network }),
    ...(Image !== undefined && { PODMAN_IMAGE: Image }),
    ...(Attributes && { PODMAN_LABELS: JSON.stringify(Attributes) }),
  };
}

/** Tells the journal of an event. Throws when there is none. */
export function sendToJournal(event: EngineEvent): void {
  const fields = {
    ...subjectFields(event),
    MESSAGE:
      `${event.Type} ${event.Status} ${event.Name ?? event.Network ?? event.ID ?? ''}`.trimEnd(),
    [eventFields.status.field]: event.Status,
    [eventFields.time.field]: event.Time,
    ...(event.ContainerInspectData !== undefined && {
      PODMAN_CONTAINER_INSPECT_DATA: event.ContainerInspectData,
    }),
  };
  addon().sendDatagram(journalSocket, journalFields(fields));
}
