import type { PullProgress } from '../../image/progress.ts';
import { addon } from '../../native/addon.ts';
import type { Engine } from '../engine.ts';

/** Seconds that a service manager waits longer after each message, and how often it gets one. */
const extension = 30;
const rounds = 10;
/** Milliseconds between them: sooner than the time is over. */
const interval = 25_000;

/** A pull for a service that starts. */
export interface StartTimeout {
  onProgress(event: PullProgress): void;
  /** Leaves the manager to its own timeout again. */
  release(): void;
}

/**
 * Has the manager of a service whose start pulls an image wait longer for it, by EXTEND_TIMEOUT_USEC
 * (sd_notify(3)): from the first registry that is asked, for five minutes at most. Nothing happens where no
 * manager waits.
 */
export function extendStartTimeout(
  engine: Engine,
  onProgress: (event: PullProgress) => void,
  environment: NodeJS.ProcessEnv = process.env,
): StartTimeout {
  const address = environment['NOTIFY_SOCKET'] ?? '';
  if (!/^[@/]./.test(address)) return { onProgress, release() {} };
  let timer: NodeJS.Timeout | null = null;
  let left = rounds;
  const send = (): void => {
    if (left === 0) return;
    left -= 1;
    try {
      const text = `EXTEND_TIMEOUT_USEC=${extension * 1_000_000}`;
      addon().sendDatagram(address, Buffer.from(text));
    } catch (error) {
      engine.log('warn', `the service manager at ${address} does not listen: ${String(error)}`);
      left = 0;
    }
  };
  return {
    onProgress(event) {
      onProgress(event);
      if (event.kind !== 'trying' || timer !== null) return;
      onProgress({ kind: 'extended', name: event.name, seconds: extension * rounds });
      send();
      timer = setInterval(send, interval);
      timer.unref();
    },
    release() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
