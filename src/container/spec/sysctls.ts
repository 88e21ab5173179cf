/**
 * In its own network namespace a container may listen on every port and send pings without any
 * capability.
 */
export function defaultSysctls(ownNetwork: boolean): Record<string, string> {
  if (!ownNetwork) return {};
  return { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': '0 0' };
}
