/**
 * Enumerations that both languages write and read: numbers of a launch plan, in this order from 0, and words of
 * the monitor's records. In plans the first word says least: what is left out.
 */
export const enums = {
  /** When a monitor starts its container again. */
  restartPolicy: ['never', 'failure', 'always'],
  /** The measure against a payload that is not well. */
  healthAction: ['none', 'kill', 'stop', 'restart'],
  /** When a service is ready: at once, when it is healthy, when the payload says so. */
  notifyWhen: ['started', 'healthy', 'payload'],
  probeKind: ['regular', 'startup'],
  healthStatus: ['starting', 'healthy', 'unhealthy'],
  /** The payload waits for `start`, or runs. */
  runStatus: ['initialized', 'running'],
  endCause: ['exited', 'signaled', 'timeout'],
  /**
   * The lack of a container when a helper of its has ended: its ports on the host (`udp`: those of UDP, as monitors
   * of an earlier version say), or its whole network.
   */
  lostService: ['none', 'udp', 'network', 'ports'],
  /** The kind of link that a container has to a network. */
  linkDriver: ['bridge', 'macvlan'],
} as const;

export type EnumName = keyof typeof enums;
export type EnumWord<Name extends EnumName> = (typeof enums)[Name][number];

/** Whether a text names an enumeration. */
export function isEnumName(name: string): name is EnumName {
  return Object.hasOwn(enums, name);
}
