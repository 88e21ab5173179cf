import type { RecordShape } from './record-shape.ts';

/** The fields of the record `monitor`, by parts; an empty path is none. */
export const monitorParts = {
  /** Where a monitor reads and writes. */
  places: {
    /** containers/ID of the store; empty for an exec session. */
    containerDir: 'hostPath',
    /** The holder of this lock is the container's monitor. */
    lockPath: 'hostPath',
    statePath: 'hostPath',
    exitPath: 'hostPath',
    /** Where its sockets are. */
    attachDir: 'hostPath',
    /** Where the pids of payload and monitor are written. */
    pidFile: 'hostPath',
    monitorPidFile: 'hostPath',
  },
  /** Where it writes the payload's output. */
  log: {
    logPath: 'hostPath',
    /** Fields of its entries in the journal; empty: none are made. */
    logJournal: 'bytes',
    /** Bytes of each file; 0: no limit. */
    logMaxSize: 'u64',
    logMaxFiles: 'u64',
  },
  /** The payload's standard streams. */
  streams: {
    terminal: 'bool',
    /** Size of the terminal; 0: not known. */
    rows: 'u32',
    columns: 'u32',
    /** Newlines of the terminal stay as they are: the outer one makes lines of them (ONLCR). */
    plainNewlines: 'bool',
    /** Standard input stays open when no client is attached. */
    stdinOpen: 'bool',
    /** Standard input ends when the first client goes away. */
    stdinOnce: 'bool',
    /** The streams are the launcher's own. */
    passthrough: 'bool',
  },
  /** How the payload is ended, and what happens then. */
  ending: {
    /** The record of its end survives a power cut. */
    syncExitRecord: 'bool',
    /** Trees and files to delete, in this order. */
    removePaths: 'hostPaths',
    /** The payload is killed after so many milliseconds; 0: never. */
    timeoutMs: 'u64',
    /**
     * The container is started again by the same plan, after failures at most `restartMax` times (0: no limit),
     * unless the file `stopped` lies in `containerDir`: whoever ends it on purpose makes that first.
     */
    restart: 'restartPolicy',
    restartMax: 'u32',
    /** How often it has been started again by its policy before this start. */
    restarts: 'u32',
  },
  /** Of a pod whose holder ends with its last container (addon/monitor/pod_link.h). */
  pod: {
    /** A named pipe. */
    podLink: 'hostPath',
    /** The pipe is to be made and read. */
    podHolder: 'bool',
  },
} as const;

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
 * - `monitor`: what stays beside the payload; {@link monitorParts} has its fields.
 * - `networkHelper`: argv with %PID%, %READY_FD%, %EXIT_FD%; it says that it is ready on that
 *   descriptor, or on the named pipe `readyPath`; `apiRequests` are then sent in order.
 *   `preload` (or empty) is a library that is loaded into it; `pidFile` (or empty) gets its pid.
 *   With `holdsPorts` the container has ended only when the helper has.
 * - `portRelay`: the launcher's own relay opens these ports of the host, once the network helper is ready:
 *   protocol, source, four words of the host's address (IPv4 is mapped), port of the host and of the container, for
 *   each. A source is 0 for a port that is bound, 1 for one that is bound if the host has such addresses at all, 2 for
 *   a socket of the caller's, whose number among those handed over is in the place of the host's port.
 *   `addresses` are those of the container and of who stands for clients that cannot be shown, of IPv4 and of IPv6:
 *   four words for each, 0 for none. `neighbours` are the networks that the container reaches by interfaces of its
 *   own, each an address and its bits.
 * - `handover`: no monitor stays (an OCI runtime's container): once the payload runs, or waits to be
 *   started, the launcher ends and its caller's subreaper is the payload's parent. `consoleSocket`
 *   (or empty) gets the master of the payload's terminal.
 * - `runtimeHook`: a program to run outside at the barrier. It reads `state`, in which %PID% stands
 *   for the payload's pid, from standard input; 0 ms is no timeout. `name` is for messages.
 * - `timens`: a new time namespace with these lines for /proc/PID/timens_offsets.
 * - `seccompListener`: the socket that gets the listener of a filter with notifications, together
 *   with `state` (%PID% as above). With `optional` nobody need be there to hear of it.
 * - `preservedFds`: the numbers that the caller's descriptors have in the payload: all differ, from 3 on.
 * - `cgroup`: the payload starts in a control group of its own. Where that is the launcher reads from
 *   a descriptor, for a manager may first have to place the launcher itself. With `remove` the
 *   monitor ends what is left in the group, and removes it.
 * - `notify`: the service manager at the socket `address` hears that the monitor is the main process,
 *   and that the service is ready; the payload says so on the socket "notify" in the monitor's directory.
 *   `watchdogMs`: how often it wants to hear something.
 * - `health`: how the monitor finds out whether the payload is well. `recordPath` is its JSON record,
 *   `logPath` another place for the log of results (or empty), which keeps `logCount` of them with
 *   `logSize` bytes each; `eventLog`: the results are told with the events; `quiet`: no check is
 *   told of with the events. Stopping takes a signal and so long until the kill.
 * - `probe`: a check of the payload, at most one of each kind. `plan` is a
 *   whole launch plan that joins the payload. Intervals run from the end of one probe to the next, 0:
 *   only when asked; `startIntervalMs` until the payload is well, 0: as later. So many failures in a
 *   row count (0: none ever does), and so many successes.
 * - `events`: what happens is written to the file `path`, and to the journal with the fields `journal`
 *   (either may be empty). `subject` is the part of the JSON object that says whom it happens to.
 *   `session`: the id of an exec session, of which only the end is told.
 * - `nestedUserns`: enter this user namespace; the root filesystem is made in the one above it.
 * - `bridges`: the container is on bridges, whose namespaces the launcher has as descriptors (`userns`, `netns`):
 *   the root filesystem is made in that user namespace, and `innerUserns` is below it. `directory` is that of
 *   their holder (addon/net/holder.h), `holder` the arguments that start another one when it has been killed.
 * - `attachment`: one interface of the container. Addresses are texts with the bits of their network, `gateways`
 *   those of the bridge; a route is "DESTINATION GATEWAY METRIC", its destination `default` or a network. `internal`:
 *   nothing is forwarded. `hostName` (or empty) is the other end's, `parent` (or empty) a macvlan's. `policy` (or 0) is
 *   the number of its egress policy, `egress` what that opens for good: "NETWORK", or "NETWORK tcp|udp PORT". `rate` (or 0)
 *   is in bytes per second (addon/net/shaping.h). `dhcp` (or none) are the words of the client that keeps its address (addon/net/dhcp.h);
 *   `leaseFiles` is then the container's directory, in which its files are told of another address (addon/net/lease_files.h).
 * - `lateLease`: in a file of changed networks only (addon/launcher/changed_networks.h), an address that a restart has
 *   to take: the byte at `place` of a network's file of leases; `shared`: with others that use a device of the LAN.
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
      ...monitorParts.places,
      ...monitorParts.log,
      ...monitorParts.streams,
      ...monitorParts.ending,
      ...monitorParts.pod,
    },
  },
  networkHelper: {
    code: 7,
    fields: {
      argv: 'texts',
      preload: 'hostPath',
      readyPath: 'hostPath',
      pidFile: 'hostPath',
      apiSocket: 'hostPath',
      apiRequests: 'texts',
      holdsPorts: 'bool',
    },
  },
  handover: { code: 8, fields: { consoleSocket: 'hostPath' } },
  runtimeHook: {
    code: 9,
    fields: {
      name: 'text',
      path: 'hostPath',
      argv: 'texts',
      env: 'texts',
      timeoutMs: 'u64',
      state: 'text',
    },
  },
  timens: { code: 10, fields: { offsets: 'text' } },
  seccompListener: { code: 11, fields: { path: 'hostPath', state: 'text', optional: 'bool' } },
  preservedFds: { code: 12, fields: { numbers: 'u32s' } },
  cgroup: { code: 13, fields: { remove: 'bool' } },
  health: {
    code: 14,
    fields: {
      recordPath: 'hostPath',
      logPath: 'hostPath',
      logCount: 'u32',
      logSize: 'u64',
      eventLog: 'bool',
      quiet: 'bool',
      startPeriodMs: 'u64',
      onFailure: 'healthAction',
      stopSignal: 'u32',
      stopTimeoutMs: 'u64',
    },
  },
  notify: { code: 18, fields: { address: 'text', when: 'notifyWhen', watchdogMs: 'u64' } },
  probe: {
    code: 15,
    fields: {
      kind: 'probeKind',
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
    fields: {
      path: 'hostPath',
      limit: 'u64',
      subject: 'text',
      journal: 'bytes',
      session: 'text',
    },
  },
  nestedUserns: { code: 16, fields: { path: 'hostPath' } },
  joinOwner: { code: 100, fields: { pid: 'u32', startTicks: 'u64' } },
  portRelay: {
    code: 19,
    fields: { addresses: 'u32s', ports: 'u32s', neighbours: 'u32s' },
  },
  bridges: { code: 101, fields: { directory: 'hostPath', holder: 'texts' } },
  lateLease: { code: 110, fields: { path: 'hostPath', place: 'u64', shared: 'bool' } },
  attachment: {
    code: 102,
    fields: {
      driver: 'linkDriver',
      bridge: 'text',
      interfaceName: 'text',
      hostName: 'text',
      parent: 'text',
      mode: 'text',
      mac: 'text',
      mtu: 'u32',
      vlan: 'u32',
      internal: 'bool',
      unmanaged: 'bool',
      addresses: 'texts',
      gateways: 'texts',
      routes: 'texts',
      policy: 'u32',
      egress: 'texts',
      rate: 'u64',
      dhcp: 'texts',
      leaseFiles: 'text',
    },
  },
} as const satisfies Record<string, RecordShape>;
