import type { Connection } from './http/connection.ts';

/** Milliseconds between two looks at whether a client is still there. */
const interval = 250;

/** Looks after a client that waits for something, from the moment on in which somebody wants to know. */
export interface PeerWatch {
  /** Aborted when the client has gone. */
  gone(): AbortSignal;
  end(): void;
}

/** Watches a client. Nothing else tells of its going while nothing is read from it and nothing written. */
export function watchPeer(connection: Connection): PeerWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const end = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const look = (): void => {
    if (!connection.isGone()) return;
    end();
    controller.abort();
  };
  return {
    gone() {
      if (timer === null && !controller.signal.aborted) timer = setInterval(look, interval);
      return controller.signal;
    },
    end,
  };
}
