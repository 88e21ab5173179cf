import { Readable } from 'node:stream';
import { BryoError } from '../base/errors.ts';
import type { RegistryAccess } from './access.ts';
import { explainConnection, unreachable } from './failures.ts';
import { sendFollowing } from './redirects.ts';
import { BusyAnswer, parseRetryAfter, type RetryPolicy, retrying } from './retry.ts';
import { defaultTimeouts } from './session.ts';
import { createTransport, type HttpResponse, type Transport } from './transport.ts';

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new BryoError('usage', `invalid address ${JSON.stringify(address)}`, {
    hint: 'http:// and https:// are known',
  });
}

/** How servers are reached: by what environment and home directory, and what the flags demand of them. */
interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** `--tls-verify`, `--cert-dir`, `--retry`; absent: certificates must be right, and there is one try. */
  access?: Pick<RegistryAccess, 'tlsVerify' | 'certDir' | 'retryPolicy' | 'onWait'>;
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
  { env, home, access }: Surroundings,
): Promise<Download> {
  const url = parseAddress(address);
  const { tlsVerify = true, certDir = null, retryPolicy: policy, onWait } = access ?? {};
  const transport = createTransport({
    env,
    home,
    tlsVerify,
    certDir,
    ownHost: url.host,
    timeouts: defaultTimeouts,
  });
  try {
    const patience = { policy: policy ?? once, tell: onWait ?? (() => undefined) };
    const response = await retrying(patience, () => ask(transport, url, address));
    const body = Readable.from(response.body()).once('close', () => transport.close());
    return { body, header: (name) => response.header(name) ?? null };
  } catch (error) {
    transport.close();
    if (error instanceof BryoError) throw error;
    const asking = `cannot read ${JSON.stringify(address)}`;
    throw unreachable(url.host, explainConnection(error), asking);
  }
}

const once: RetryPolicy = { attempts: 1, baseDelay: 0, maxDelay: 0 };

async function ask(transport: Transport, url: URL, address: string): Promise<HttpResponse> {
  const response = await sendFollowing(transport, { url, headers: {} }).catch((error: unknown) => {
    throw error instanceof BryoError ? error : explainConnection(error);
  });
  const { status } = response;
  if (status === 200) return response;
  response.discard();
  const error = new BryoError(
    'no-such-file',
    `cannot read ${JSON.stringify(address)}: invalid response status ${status}`,
  );
  const later = parseRetryAfter(response.header('retry-after'), Date.now());
  throw status === 429 || status >= 500 ? new BusyAnswer(error, later) : error;
}
