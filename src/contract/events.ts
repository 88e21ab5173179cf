/**
 * Details of an event: a member of its JSON object, and the field of the journal with the same content. The monitor
 * writes them, and so do commands. The names are podman's (podman-events(1)); what containers are
 * refused by their egress policy podman has not.
 */
export const eventFields = {
  status: { member: 'Status', field: 'PODMAN_EVENT' },
  time: { member: 'Time', field: 'PODMAN_TIME' },
  exitCode: { member: 'ContainerExitCode', field: 'PODMAN_EXIT_CODE' },
  healthStatus: { member: 'HealthStatus', field: 'PODMAN_HEALTH_STATUS' },
  healthLog: { member: 'HealthLog', field: 'PODMAN_HEALTH_LOG' },
  refused: { member: 'Refused', field: 'BRYO_REFUSED' },
  omitted: { member: 'Omitted', field: 'BRYO_OMITTED' },
  session: { member: 'ExecID', field: 'PODMAN_EXEC_ID' },
} as const;
