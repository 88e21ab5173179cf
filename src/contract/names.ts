/** Names that both languages use. */
export const names = {
  /** Sockets of a monitor, in its container's runtime directory. */
  attachSocket: 'attach',
  healthSocket: 'health',
  notifySocket: 'notify',
  /** In the same directory a directory of links to the network namespace of a container that runs. */
  networkLinks: 'netns',
  /** The beginning of such a link's name, before the short id. */
  networkLinkPrefix: 'netns-',
  /** Files beside a container's records by which commands tell its monitor something. */
  stoppedSign: 'stopped',
  keptSign: 'kept',
  restartSign: 'restart',
  /** The networks of a container that they have changed while it ran (addon/launcher/changed_networks.h). */
  changedNetworksFile: 'networks',
  /** A file for each interface with an address by DHCP, which says the lease that it has now (addon/net/lease_files.h). */
  leasesDirectory: 'dhcp',
  /** The container's /etc/hosts. */
  hostsFile: 'hosts',
  /** Records of a launch plan that are about the container's health. */
  healthChange: 'health.change',
  /** Where commands are looked up when nobody says otherwise. */
  defaultPath: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  /** Variable by which a command finds the front that it is a child of (addon/front/protocol.h). */
  frontVariable: 'BRYO_FRONT',
  /** First words of what it tells the front. */
  startingMessage: 'starting',
  commandMessage: 'command',
  attachMessage: 'attach',
  /** First words of a launcher's lines on its status pipe (addon/launcher/report.h). */
  startedReport: 'started',
  failedReport: 'failed',
  phaseReport: 'phase',
  /** Prefix of variables that are kept from the JavaScript engine (addon/front/engine_environment.h). */
  heldPrefix: 'BRYO_HELD_',
  /** Variable by which a session of `bryo unshare` finds its server (addon/launcher/session_server.h). */
  unshareServerVariable: 'BRYO_UNSHARE_SERVER',
  /** Files by which the holder of a user's bridges and its users find each other (addon/net/users.h). */
  bridgeHolderFile: 'lock',
  bridgeUsersFile: 'users',
  /** In the directory of a bridge of this machine the port that the user has of it (addon/net/lan_port.h). */
  lanPortFile: 'port',
  /** Where slirp4netns is reached from the bridges' network (src/network/bridge/holder.ts, addon/net/uplink.h). */
  bridgeUplinkGateway: '198.18.77.2',
} as const;
