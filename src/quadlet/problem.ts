/** A fault of a unit file. */
export interface Problem {
  file: string;
  /** From 1; null: the file as a whole. */
  line: number | null;
  message: string;
  /** `error`: no service is made of the file. */
  severity: 'error' | 'warning';
}

/** `FILE:LINE: message`, as compilers and editors have it. */
export function problemText({ file, line, message }: Problem): string {
  return line === null ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

/** Thrown while a unit is read; becomes a problem of that unit. */
export class UnitError extends Error {
  readonly problem: Problem;

  constructor(file: string, line: number | null, message: string) {
    super(message);
    this.problem = { file, line, message, severity: 'error' };
  }
}
