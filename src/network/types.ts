/** `--network`, parsed; the same shape as in a container's options. */
export type NetworkRequest =
  | { mode: 'default' }
  | { mode: 'slirp4netns' | 'pasta'; options: string[] }
  | { mode: 'none' }
  | { mode: 'host' }
  | { mode: 'container'; container: string }
  | { mode: 'path'; path: string }
  /** A network of the network configuration directory. */
  | { mode: 'named'; name: string };

/** A published port or range of ports. */
export interface PortRequest {
  hostIp: string | null;
  /** Null: a free port is chosen. */
  hostPort: number | null;
  containerPort: number;
  /** Number of consecutive ports. */
  count: number;
  protocol: 'tcp' | 'udp';
}

/** One port with its place on the host decided. */
export interface PortMapping {
  hostIp: string;
  hostPort: number;
  containerPort: number;
  protocol: 'tcp' | 'udp';
}
