/** Where events are kept: a file in the volatile directory, the system's journal, nowhere. */
export type EventsBackend = 'file' | 'journald' | 'none';

export type EventType = 'container' | 'image' | 'volume' | 'pod' | 'network' | 'secret' | 'system';

/** The parts of an event that only some kinds have. */
export interface EventDetails {
  ContainerExitCode?: number;
  HealthStatus?: string;
  /** Exit code and output of a health check (--health-log-destination events_logger). */
  HealthLog?: string;
  /** Why it has failed (`pull-error`). */
  Error?: string;
  ExecID?: string;
  /** Destination or name that a container's egress policy has refused (`egress-refused`). */
  Refused?: string;
  /** Refusals before it that no event tells of. */
  Omitted?: number;
  /** Of a container that was made, JSON as `inspect` shows it (engine.events_container_create_inspect_data). */
  ContainerInspectData?: string;
}

/** An event, with podman's names: a line of the events file. */
export interface EngineEvent extends EventDetails {
  Type: EventType;
  /** `create`, `start`, `died`, … (podman-events(1)). */
  Status: string;
  /** RFC 3339 with nanoseconds. */
  Time: string;
  /** Of the container, image or pod. */
  ID?: string;
  /** Name of the container's image. */
  Image?: string;
  Name?: string;
  /** Name of the network that is made, removed, joined or left. */
  Network?: string;
  /** Labels of a container, and what else is to be said. */
  Attributes?: Record<string, string> | null;
}
