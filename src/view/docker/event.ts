import { parseTimestamp } from '../../base/duration.ts';
import type { EngineEvent } from '../../event/event.ts';
import { familiarName } from './names.ts';

/** Docker's names of what podman calls otherwise. */
const actions: Readonly<Record<string, string>> = {
  died: 'die',
  remove: 'destroy',
  exec_died: 'exec_die',
};

/** An image that goes is deleted, and no container. */
function actionOf({ Type, Status }: EngineEvent): string {
  if (Type === 'image' && Status === 'remove') return 'delete';
  if (Type === 'network' && Status === 'remove') return 'destroy';
  return actions[Status] ?? Status;
}

/** The id by which Docker names what an event is about. */
function idOf({ Type, ID = '', Name = '' }: EngineEvent): string {
  if (Type === 'volume') return Name;
  return Type === 'image' ? Name || `sha256:${ID}` : ID;
}

/** An event as Docker Engine's API has it (EventMessage). */
export function dockerEvent(event: EngineEvent): Record<string, unknown> {
  const at = parseTimestamp(event.Time) ?? 0n;
  const action = actionOf(event);
  const id = idOf(event);
  const isContainer = event.Type === 'container';
  const from = familiarName(event.Image ?? '');
  const attributes = {
    ...event.Attributes,
    ...(event.Name !== undefined && { name: event.Name }),
    ...(isContainer && from !== '' && { image: from }),
    ...(event.Network !== undefined && { name: event.Network }),
    ...(event.Type === 'network' && event.ID !== undefined && { container: event.ID }),
    ...(event.ContainerExitCode !== undefined && { exitCode: String(event.ContainerExitCode) }),
    ...(event.ExecID !== undefined && { execID: event.ExecID }),
  };
  return {
    status: action,
    id,
    ...(isContainer && { from }),
    Type: event.Type,
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: 'local',
    time: Number(at / 1_000_000_000n),
    // Beyond what numbers hold exactly, as Docker's own is.
    timeNano: Number(at),
  };
}
