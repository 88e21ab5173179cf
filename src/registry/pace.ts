import type { ClientRequest, IncomingMessage } from 'node:http';
import { ConnectionFailure, explainConnection } from './failures.ts';

/** How long a peer may take, in milliseconds. */
export interface Timeouts {
  /** From the request, or the end of its body, to the head of the answer; connecting included. */
  firstByte: number;
  /** Without progress of a body, that of the request or of the answer. */
  stall: number;
}

/** Bytes: whoever sends fewer in the whole time of patience makes no progress, though he does not stand still. */
const leastProgress = 4096;

/** The failure of a peer that takes or gives nothing for a while; worth one more connection. */
function stalled(): ConnectionFailure {
  return new ConnectionFailure('ESTALLED', 'no progress for a while', true);
}

/**
 * The bytes of an answer. Fails with ConnectionFailure when it is cut, or when next to nothing came in
 * `patience` milliseconds, in which only the time counts that was spent waiting for the peer.
 */
export async function* readBody(
  message: IncomingMessage,
  patience: number,
): AsyncGenerator<Uint8Array, void, void> {
  let waiting = false;
  let quarters = 0;
  let bytes = 0;
  const clock = setInterval(() => {
    if (!waiting) return;
    quarters += 1;
    if (quarters >= 4) message.destroy(stalled());
  }, patience / 4);
  const chunks: AsyncIterator<Uint8Array> = message[Symbol.asyncIterator]();
  try {
    for (;;) {
      waiting = true;
      const next = await chunks.next();
      waiting = false;
      if (next.done === true) return;
      bytes += next.value.length;
      if (bytes >= leastProgress) {
        bytes = 0;
        quarters = 0;
      }
      yield next.value;
    }
  } catch (error) {
    throw explainConnection(error);
  } finally {
    clearInterval(clock);
    message.destroy();
  }
}

/** Ends a request whose answer does not begin in time. */
export class Deadline {
  readonly #outgoing: ClientRequest;
  readonly #timeouts: Timeouts;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(outgoing: ClientRequest, timeouts: Timeouts) {
    this.#outgoing = outgoing;
    this.#timeouts = timeouts;
    this.sent();
  }

  #within(patience: number, failure: ConnectionFailure): void {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.#outgoing.destroy(failure), patience);
  }

  /** Part of the body is about to go; the peer has to take it. */
  sending(): void {
    this.#within(this.#timeouts.stall, stalled());
  }

  /** All of the request is out. */
  sent(): void {
    const { firstByte } = this.#timeouts;
    const text = `no answer within ${Math.ceil(firstByte / 1000)} seconds`;
    this.#within(firstByte, new ConnectionFailure('ENOANSWER', text, false));
  }

  /** The answer has begun, or the request has failed. */
  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}
