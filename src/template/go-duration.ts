import { formatDuration } from '../base/duration.ts';
import { TemplateError } from './syntax.ts';

/** A time.Duration of Go's: templates print `1m30s`, JSON has nanoseconds. */
export class GoDuration {
  readonly nanoseconds: number;

  constructor(nanoseconds: number) {
    this.nanoseconds = nanoseconds;
  }

  toString(): string {
    return formatDuration(this.nanoseconds / 1e6);
  }

  toJSON(): number {
    return this.nanoseconds;
  }

  /** A method of time.Duration by its name, to be called. Throws TemplateError. */
  method(name: string): () => unknown {
    switch (name) {
      case 'String':
        return () => this.toString();
      case 'Hours':
        return () => this.nanoseconds / 3_600e9;
      case 'Minutes':
        return () => this.nanoseconds / 60e9;
      case 'Seconds':
        return () => this.nanoseconds / 1e9;
      case 'Milliseconds':
        return () => Math.trunc(this.nanoseconds / 1e6);
      case 'Microseconds':
        return () => Math.trunc(this.nanoseconds / 1e3);
      case 'Nanoseconds':
        return () => this.nanoseconds;
      default:
        throw new TemplateError(`can't evaluate field ${name} in type time.Duration`);
    }
  }
}
