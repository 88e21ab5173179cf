import { STATUS_CODES } from 'node:http';
import { BryoError, errnoCode } from '../base/errors.ts';

/** A request that got no whole answer; `transient` ones are worth another try. */
export class ConnectionFailure extends Error {
  readonly transient: boolean;
  readonly code: string;

  constructor(code: string, message: string, transient: boolean) {
    super(message);
    this.name = 'ConnectionFailure';
    this.code = code;
    this.transient = transient;
  }
}

const unknownAuthority =
  'tls: failed to verify certificate: x509: certificate signed by unknown authority';

const explained: Readonly<Record<string, { text: string; transient: boolean }>> = {
  ECONNREFUSED: { text: 'connection refused', transient: false },
  ENOTFOUND: { text: 'no such host', transient: false },
  // In the words of Go, which programs look for.
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { text: unknownAuthority, transient: false },
  UNABLE_TO_GET_ISSUER_CERT: { text: unknownAuthority, transient: false },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { text: unknownAuthority, transient: false },
  DEPTH_ZERO_SELF_SIGNED_CERT: { text: unknownAuthority, transient: false },
  SELF_SIGNED_CERT_IN_CHAIN: { text: unknownAuthority, transient: false },
  EAI_AGAIN: { text: 'the name cannot be resolved', transient: false },
  ENETUNREACH: { text: 'network is unreachable', transient: false },
  EHOSTUNREACH: { text: 'no route to host', transient: false },
  ECONNRESET: { text: 'the connection was cut', transient: true },
  EPIPE: { text: 'the connection was cut', transient: true },
  ETIMEDOUT: { text: 'timed out', transient: true },
};

/** Code of a failure that the registry's own TLS tells of. */
const tlsAlert = 'TLS_ALERT';

/** The words of Go for a registry's complaint about the caller's certificate, or that there is none; null: another one. */
function certificateAlert(text: string): string | null {
  const [, alert] =
    /alert[_ ]((?:bad[_ ])?certificate(?:[_ ](?:required|unknown|expired|revoked))?)/i.exec(text) ??
    [];
  return alert === undefined
    ? null
    : `remote error: tls: ${alert.toLowerCase().replaceAll('_', ' ')}`;
}

/** Names what a socket, TLS or HTTP error of the runtime means. */
export function explainConnection(error: unknown): ConnectionFailure {
  if (error instanceof ConnectionFailure) return error;
  const code = errnoCode(error) ?? 'UNKNOWN';
  const known = explained[code];
  if (known !== undefined) return new ConnectionFailure(code, known.text, known.transient);
  const message = error instanceof Error ? error.message : String(error);
  const alert = certificateAlert(`${code} ${message}`);
  if (alert !== null) return new ConnectionFailure(tlsAlert, alert, false);
  // "socket hang up" is how the runtimes report a peer that closed before any answer.
  if (/hang up|aborted|closed unexpectedly|socket is closed/i.test(message)) {
    return new ConnectionFailure('ECONNRESET', 'the connection was cut', true);
  }
  return new ConnectionFailure(code, printable(message), false);
}

/** A short line of text that came from outside, without control characters. */
export function printable(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/**
 * `pinging container registry HOST: connection refused`: podman's words, for which scripts look. `asking`: what was
 * tried, of servers that are no registries.
 */
export function unreachable(
  host: string,
  failure: ConnectionFailure,
  asking = `pinging container registry ${host}`,
): BryoError {
  const directory = `~/.config/containers/certs.d/${host}`;
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/.test(failure.code);
  return new BryoError(
    certificate ? 'bad-certificate' : 'registry-unreachable',
    `${asking}: ${failure.message}`,
    {
      cause: failure,
      ...(certificate && {
        hint: `put the server's certificate authority into ${directory}/ca.crt`,
      }),
      ...(failure.code === tlsAlert && {
        hint: `it asks for a certificate of yours: put it into ${directory}/client.cert, its key into client.key`,
      }),
    },
  );
}

export interface RefusedRequest {
  host: string;
  /** The thing that was asked for, as the user knows it. */
  what: string;
  kind: 'manifest' | 'blob' | 'tags' | 'token' | 'upload' | 'upload-manifest';
  status: number;
  /** The registry's own words, made printable; may be empty. */
  detail: string;
}

/** The user's error for an answer that is not a success. */
export function refused({ host, what, kind, status, detail }: RefusedRequest): BryoError {
  const words = detail === '' ? '' : `: ${detail}`;
  if (status === 401 || status === 403) {
    const why =
      status === 401
        ? `access denied: ${what}: authentication required${words}`
        : `access denied to ${what} (${status})${words}`;
    return new BryoError('access-denied', why, {
      hint: `name a file with credentials for ${host} with --authfile or REGISTRY_AUTH_FILE, if the image exists`,
    });
  }
  if (status === 404) {
    if (kind === 'upload' || kind === 'upload-manifest') {
      return new BryoError(
        'registry-failed',
        `registry ${host} takes nothing for ${what} (404)${words}`,
      );
    }
    if (kind === 'tags') {
      return new BryoError('repository-unknown', `registry ${host} has no list of ${what}`);
    }
    return kind === 'manifest'
      ? new BryoError('manifest-unknown', `${what}: manifest unknown`)
      : new BryoError('blob-unknown', `registry ${host} does not have ${what}`);
  }
  const reason = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (kind === 'upload-manifest' && [400, 405, 415].includes(status)) {
    return new BryoError(
      'manifest-refused',
      `registry ${host} answered ${reason} for ${what}${words}`,
    );
  }
  if (status === 429) {
    return new BryoError(
      'registry-busy',
      `registry ${host} takes no more requests now (${reason})`,
      {
        hint: 'try again later, or with credentials: many registries allow more to known users',
      },
    );
  }
  return new BryoError(
    'registry-failed',
    `registry ${host} answered ${reason} for ${what}${words}`,
  );
}
