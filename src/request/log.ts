export interface LogRequest {
  driver: 'k8s-file' | 'json-file' | 'journald' | 'none' | 'passthrough' | 'passthrough-tty';
  /** Null: the container's own directory. */
  path: string | null;
  /** Bytes per file; 0: no limit. */
  maxSize: number;
  maxFiles: number;
  /** With `{{.Name}}` and its like, for the journal; null: none. */
  tag: string | null;
}

/** Whether the container's process has the caller's own streams, whatever they are. */
export function isPassthrough({ driver }: Pick<LogRequest, 'driver'>): boolean {
  return driver === 'passthrough' || driver === 'passthrough-tty';
}

/** A file beside the container's records: three of 10 MiB at most. */
export function defaultLog(): LogRequest {
  return { driver: 'k8s-file', path: null, maxSize: 10 * 1024 * 1024, maxFiles: 3, tag: null };
}
