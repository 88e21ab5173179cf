/** A step in the life of an image that comes in or goes out, or of one of its blobs. */
export type PullProgress =
  /** A registry is asked for the image of this name. */
  | { kind: 'trying'; name: string }
  /** The service manager that waits for it has been asked to do so longer. */
  | { kind: 'extended'; name: string; seconds: number }
  | { kind: 'exists'; digest: string }
  | { kind: 'start'; digest: string; total: number }
  | { kind: 'progress'; digest: string; received: number; total: number }
  | { kind: 'done'; digest: string }
  | { kind: 'config'; digest: string }
  /** All else is there. */
  | { kind: 'manifest' };
