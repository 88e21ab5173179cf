import { parseTimestamp } from '../../base/duration.ts';
import type { EngineEvent } from '../../event/event.ts';

/** The events that podman's clients know (libpod/events/config.go): another one ends them. */
const known = new Set(
  [
    'attach auto-update build checkpoint cleanup commit connect copy create died disconnect exec exec_died export',
    'health_status history import init kill loadfromarchive mount pause prune pull push refresh remove rename',
    'renumber restart restore save start stop sync tag unmount unpause untag',
  ].flatMap((line) => line.split(' ')),
);

/** Events that clients of podman 5 know besides. */
const knownSince5 = new Set(['log-rotation', 'pull-error', 'update']);

/** Whether a client understands an event; of secrets only whoever asks for them. */
export function isKnownEvent(
  { Type, Status }: EngineEvent,
  { major, secrets }: { major: number; secrets: boolean },
): boolean {
  if (Type === 'secret' && !secrets) return false;
  return known.has(Status) || (major >= 5 && knownSince5.has(Status));
}

/** The exit code as an attribute; clients of podman 4 end where there is none. */
function exitAttribute({ ContainerExitCode: code }: EngineEvent, major: number) {
  if (code === undefined && major >= 5) return {};
  return { containerExitCode: String(code ?? 0) };
}

/** An event as podman's API has it (pkg/domain/entities/events.go); `major`: the version of the client. */
export function podmanEvent(event: EngineEvent, major: number): Record<string, unknown> {
  const { Type, Status, ID = '', Image = '', Name = '', Attributes } = event;
  const at = parseTimestamp(event.Time) ?? 0n;
  const attributes = {
    ...Attributes,
    image: Image,
    name: Name,
    podId: '',
    ...exitAttribute(event, major),
    ...(event.Network !== undefined && { network: event.Network }),
    ...(event.Error !== undefined && { error: event.Error }),
    ...(event.ExecID !== undefined && { execId: event.ExecID }),
  };
  return {
    status: Status,
    id: ID,
    from: Image,
    Type,
    Action: Status,
    Actor: { ID, Attributes: attributes },
    scope: 'local',
    time: Number(at / 1_000_000_000n),
    // Beyond what numbers hold exactly, as podman's own is.
    timeNano: Number(at),
    ...(event.HealthStatus !== undefined && { HealthStatus: event.HealthStatus }),
  };
}
