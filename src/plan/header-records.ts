import type { RecordShape } from './record-shape.ts';

/**
 * Header records: what the launcher's parent needs before anything is set up.
 *
 * - `userns`: create the user namespace with this mapping. `uids`/`gids` are flat triples
 *   (container id, host id, size). `helper`: written by newuidmap/newgidmap, else directly.
 * - `innerUserns`: a second user namespace for the payload, mapped relative to the first.
 * - `namespaces`: CLONE_NEW* flags of the payload's own namespaces.
 * - `join`: enter an existing namespace by path before creating any (flag: its CLONE_NEW* bit); a
 *   mount namespace last of all, when everything outside has been opened. For a user namespace the
 *   path may be that of another one: its owner is entered.
 * - `joinOwner`: a process whose namespaces `join` and `nestedUserns` name by path; refused when it has
 *   ended, or another has its pid, once they are entered.
 * - `joinProcess`: enter the namespaces (flags) of a process; refused when its start time differs.
 *   With pid 0 the launcher is told which process when it is started.
 * - `monitor`: see MonitorConfig in addon/monitor/monitor.h. `restart`: 0 never, 1 after a failure,
 *   at most `restartMax` times (0: no limit), 2 always. `podLink`: see addon/monitor/pod_link.h.
 * - `networkHelper`: argv with %PID%, %READY_FD%, %EXIT_FD%; it says that it is ready on that
 *   descriptor, or on the named pipe `readyPath`; `apiRequests` are then sent in order.
 *   `preload` (or empty) is a library that is loaded into it.
 *   With `holdsPorts` the container has ended only when the helper has.
 * - `udpRelay`: the launcher's own relay opens these UDP ports of the host, once the network helper is
 *   ready: flat triples of host address, host port and container port. IPv4 addresses are numbers.
 * - `handover`: no monitor stays (an OCI runtime's container): once the payload runs, or waits to be
 *   started, the launcher ends and its caller's subreaper is the payload's parent. `consoleSocket`
 *   (or empty) gets the master of the payload's terminal.
 * - `runtimeHook`: a program to run outside at the barrier. It reads `state`, in which %PID% stands
 *   for the payload's pid, from standard input; 0 ms is no timeout.
 * - `timens`: a new time namespace with these lines for /proc/PID/timens_offsets.
 * - `seccompListener`: the socket that gets the listener of a filter with notifications, together
 *   with `state` (%PID% as above).
 * - `preservedFds`: the payload gets so many of the caller's descriptors, from 3 on.
 * - `cgroup`: the payload starts in a control group of its own. Where that is the launcher reads from
 *   a descriptor, for a manager may first have to place the launcher itself. With `remove` the
 *   monitor ends what is left in the group, and removes it.
 * - `notify`: the service manager at the socket `address` hears that the monitor is the main process,
 *   and that the service is ready: 0 at once, 1 when it is healthy, 2 when the payload says so on the
 *   socket "notify" in the monitor's directory. `watchdogMs`: how often it wants to hear something.
 * - `health`: how the monitor finds out whether the payload is well. `recordPath` is its JSON record,
 *   `logPath` another place for the log of results (or empty), which keeps `logCount` of them with
 *   `logSize` bytes each; `eventLog`: the results are told with the events. `onFailure`: 0 nothing,
 *   1 kill, 2 stop, 3 restart; stopping takes a signal and so long until the kill.
 * - `probe`: a check of the payload, at most one of each kind (0 regular, 1 at start-up). `plan` is a
 *   whole launch plan that joins the payload. Intervals run from the end of one probe to the next, 0:
 *   only when asked; `startIntervalMs` until the payload is well, 0: as later. So many failures in a
 *   row count (0: none ever does), and so many successes.
 * - `events`: what happens is written to the file `path`, and to the journal with the fields `journal`
 *   (either may be empty). `subject` is the part of the JSON object that says whom it happens to.
 *   `session`: the id of an exec session, of which only the end is told.
 * - `nestedUserns`: enter this user namespace; the root filesystem is made in the one above it.
 */
export const headerRecords = {
  userns: { code: 1, fields: { helper: 'bool', uids: 'u32s', gids: 'u32s' } },
  innerUserns: { code: 2, fields: { uids: 'u32s', gids: 'u32s' } },
  namespaces: { code: 3, fields: { flags: 'u64' } },
  join: { code: 4, fields: { flag: 'u64', path: 'hostPath' } },
  joinProcess: { code: 5, fields: { pid: 'u32', startTicks: 'u64', flags: 'u64' } },
  monitor: {
    code: 6,
    fields: {
      containerDir: 'hostPath',
      lockPath: 'hostPath',
      statePath: 'hostPath',
      exitPath: 'hostPath',
      attachDir: 'hostPath',
      logPath: 'hostPath',
      logJournal: 'bytes',
      pidFile: 'hostPath',
      monitorPidFile: 'hostPath',
      logMaxSize: 'u64',
      logMaxFiles: 'u64',
      terminal: 'bool',
      rows: 'u32',
      columns: 'u32',
      stdinOpen: 'bool',
      stdinOnce: 'bool',
      timeoutMs: 'u64',
      syncExitRecord: 'bool',
      passthrough: 'bool',
      restart: 'u32',
      restartMax: 'u32',
      removePaths: 'hostPaths',
      podLink: 'hostPath',
      podHolder: 'bool',
    },
  },
  networkHelper: {
    code: 7,
    fields: {
      argv: 'texts',
      preload: 'hostPath',
      readyPath: 'hostPath',
      apiSocket: 'hostPath',
      apiRequests: 'texts',
      holdsPorts: 'bool',
    },
  },
  handover: { code: 8, fields: { consoleSocket: 'hostPath' } },
  runtimeHook: {
    code: 9,
    fields: { path: 'hostPath', argv: 'texts', env: 'texts', timeoutMs: 'u64', state: 'text' },
  },
  timens: { code: 10, fields: { offsets: 'text' } },
  seccompListener: { code: 11, fields: { path: 'hostPath', state: 'text' } },
  preservedFds: { code: 12, fields: { count: 'u32' } },
  cgroup: { code: 13, fields: { remove: 'bool' } },
  health: {
    code: 14,
    fields: {
      recordPath: 'hostPath',
      logPath: 'hostPath',
      logCount: 'u32',
      logSize: 'u64',
      eventLog: 'bool',
      startPeriodMs: 'u64',
      onFailure: 'u32',
      stopSignal: 'u32',
      stopTimeoutMs: 'u64',
    },
  },
  notify: { code: 18, fields: { address: 'text', when: 'u32', watchdogMs: 'u64' } },
  probe: {
    code: 15,
    fields: {
      kind: 'u32',
      plan: 'bytes',
      intervalMs: 'u64',
      startIntervalMs: 'u64',
      timeoutMs: 'u64',
      failures: 'u32',
      successes: 'u32',
    },
  },
  events: {
    code: 17,
    fields: { path: 'hostPath', subject: 'text', journal: 'bytes', session: 'text' },
  },
  nestedUserns: { code: 16, fields: { path: 'hostPath' } },
  joinOwner: { code: 100, fields: { pid: 'u32', startTicks: 'u64' } },
  udpRelay: { code: 19, fields: { containerAddress: 'u32', ports: 'u32s' } },
} as const satisfies Record<string, RecordShape>;
