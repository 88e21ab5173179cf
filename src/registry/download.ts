import { Readable } from 'node:stream';
import { BryoError } from '../base/errors.ts';
import { explainConnection, unreachable } from './failures.ts';
import { sendFollowing } from './redirects.ts';
import { defaultTimeouts } from './session.ts';
import { createTransport } from './transport.ts';

function parseAddress(address: string): URL {
  try {
    return new URL(address);
  } catch (cause) {
    throw new BryoError('usage', `invalid address ${JSON.stringify(address)}`, { cause });
  }
}

/**
 * A file from a web server, by way of the proxy and the authorities that registries are reached with.
 * Throws BryoError `no-such-file` for an answer other than 200, and those of connections.
 */
export async function download(
  address: string,
  { env, home }: { env: Readonly<Record<string, string | undefined>>; home: string },
): Promise<Readable> {
  const url = parseAddress(address);
  const transport = createTransport({
    env,
    home,
    tlsVerify: true,
    ownHost: url.host,
    timeouts: defaultTimeouts,
  });
  try {
    const response = await sendFollowing(transport, { url, headers: {} });
    if (response.status !== 200) {
      response.discard();
      throw new BryoError(
        'no-such-file',
        `cannot read ${JSON.stringify(address)}: invalid response status ${response.status}`,
      );
    }
    return Readable.from(response.body()).once('close', () => transport.close());
  } catch (error) {
    transport.close();
    if (error instanceof BryoError) throw error;
    throw unreachable(url.host, explainConnection(error));
  }
}
