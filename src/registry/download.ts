import { Readable } from 'node:stream';
import { BryoError } from '../base/errors.ts';
import { explainConnection, unreachable } from './failures.ts';
import { sendFollowing } from './redirects.ts';
import { defaultTimeouts } from './session.ts';
import { createTransport } from './transport.ts';

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new BryoError('usage', `invalid address ${JSON.stringify(address)}`, {
    hint: 'http:// and https:// are known',
  });
}

/** The environment and home directory that say how servers are reached. */
interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** A file that comes from a web server. */
export interface Download {
  body: Readable;
  /** Null: the server does not say. */
  header(name: string): string | null;
}

/**
 * A file from a web server, by way of the proxy and the authorities that registries are reached with.
 * Throws BryoError `no-such-file` for an answer other than 200, and those of connections.
 */
export async function download(address: string, surroundings: Surroundings): Promise<Readable> {
  return (await downloadWith(address, surroundings)).body;
}

/** As `download`, with what the server says of the file. */
export async function downloadWith(
  address: string,
  { env, home }: Surroundings,
): Promise<Download> {
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
    const body = Readable.from(response.body()).once('close', () => transport.close());
    return { body, header: (name) => response.header(name) ?? null };
  } catch (error) {
    transport.close();
    if (error instanceof BryoError) throw error;
    throw unreachable(url.host, explainConnection(error));
  }
}
