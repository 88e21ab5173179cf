/** One port with its place on the host decided. */
export interface PortMapping {
  hostIp: string;
  hostPort: number;
  containerPort: number;
  protocol: 'tcp' | 'udp';
  /** No address was asked for: the port is also that of the host's addresses of IPv6. */
  bothFamilies?: boolean;
  /** The caller's socket, which is bound already. */
  descriptor?: number;
}

/** The settings of containers.conf(5) for the programs that connect containers. */
export interface NetworkDefaults {
  /** Options of slirp4netns that come before those of a container. */
  slirpOptions: readonly string[];
  pastaOptions: readonly string[];
  /** Null: looked for. */
  slirpProgram: string | null;
  /** Where programs are looked for first. */
  programDirectories: readonly string[];
}

/** Where there is no such file. */
export const usualNetwork: NetworkDefaults = {
  slirpOptions: [],
  pastaOptions: [],
  slirpProgram: null,
  programDirectories: [],
};
