import { constants } from 'node:os';

/** Signals that end a build. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends work in good order when a signal asks for it. */
export interface Interruption {
  signal: AbortSignal;
  /** Exit status of what a signal ended; null: none came. */
  status(): number | null;
  /** Signals do again what they do to any program. */
  close(): void;
}

/** From now on the first signal asks the work to end, and the second one ends the program. */
export function interruption(): Interruption {
  const controller = new AbortController();
  let status: number | null = null;
  const handlers = ending.map((name) => {
    const handler = (): void => {
      const number = constants.signals[name];
      if (status !== null) process.exit(128 + number);
      status = 128 + number;
      controller.abort(name);
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return {
    signal: controller.signal,
    status: () => status,
    close() {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
