import { BryoError } from '../base/errors.ts';
import type { HttpResponse } from './transport.ts';

/**
 * Reads a whole body of at most `cap` bytes; whatever is longer is refused as soon as that shows.
 * Errors: `too-large` naming `what`; ConnectionFailure when the body is cut.
 */
export async function readBounded(
  response: HttpResponse,
  cap: number,
  what: string,
): Promise<Uint8Array> {
  const tooLarge = () =>
    new BryoError('too-large', `${what} is larger than ${cap / 1024} KiB, the most accepted`);
  const announced = Number(response.header('content-length') ?? 0);
  if (announced > cap) {
    response.discard();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body()) {
    size += chunk.length;
    if (size > cap) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
