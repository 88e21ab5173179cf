/** A step in the life of a blob of an image that comes in. */
export type PullProgress =
  | { kind: 'exists'; digest: string }
  | { kind: 'start'; digest: string; total: number }
  | { kind: 'progress'; digest: string; received: number; total: number }
  | { kind: 'done'; digest: string };
