/**
 * Kinds of descriptors that a launcher can be given. Its argument `--fds` names those that it has, in the order of
 * their numbers from {@link firstDescriptor} on; `preserved` may come several times.
 *
 * - `plan`: the launch plan. `status`: hears of the start (addon/launcher/report.h).
 * - `client`: the first attach client. `gate`: tells where the control group is (addon/monitor/gate.h).
 * - `podLink`: a restarted monitor's end of its pod's link (addon/monitor/pod_link.h).
 * - `caller`: whose other end the caller keeps: the payload is killed when that closes, and the launcher ends with the
 *   payload's status.
 * - `copy` and `stage`: the sealed copy and the conversation with a stage that a spare launcher has made.
 * - `bridgeUsers` and `bridgeNetwork`: the namespaces of the container's bridges (addon/net/holder.h). `lease`: keeps
 *   those, or an address on one of them, for as long as it is open; it may come several times.
 * - `published`: sockets of the caller's that lead into the container (the record `portRelay`); it may come several
 *   times.
 * - `preserved`: what the payload gets, from 3 on.
 */
export const launcherFd = [
  'plan',
  'status',
  'client',
  'gate',
  'podLink',
  'caller',
  'copy',
  'stage',
  'bridgeUsers',
  'bridgeNetwork',
  'lease',
  'published',
  'preserved',
] as const;

export type LauncherFd = (typeof launcherFd)[number];

/** The number of a launcher's first descriptor: after the standard ones. */
export const firstDescriptor = 3;
