import { errorCodes } from '../base/error-codes.ts';
import { BryoError } from '../base/errors.ts';
import { dockerMessage } from '../view/docker/failure.ts';
import { podmanCause, podmanMessage, podmanStatus } from '../view/podman/failure.ts';
import { HttpProblem } from './http/problem.ts';
import type { Api } from './route/request.ts';

/** An error as an answer tells of it. */
export interface Failure {
  status: number;
  message: string;
  /** An unexpected one, of which the log says more. */
  isUnexpected: boolean;
  /** The reason alone, in podman's words where it has some. */
  cause?: string;
}

function words(error: BryoError, api: Api): string {
  const own = api === 'docker' ? dockerMessage(error) : podmanMessage(error);
  if (own !== null) return own;
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}

/** The meaning of an error to a client. */
export function failureOf(error: unknown, api: Api): Failure {
  if (error instanceof HttpProblem) {
    const { status, message, reason } = error;
    return { status, message, isUnexpected: false, ...(reason !== null && { cause: reason }) };
  }
  if (error instanceof BryoError) {
    const own = api === 'libpod' ? podmanStatus(error.code) : null;
    const http = own ?? errorCodes[error.code].http;
    const cause = api === 'libpod' ? podmanCause(error.code) : null;
    const message = words(error, api);
    return { status: http, message, isUnexpected: false, ...(cause !== null && { cause }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, message, isUnexpected: true };
}

/** The body of an answer that tells of an error (podman has two fields more). */
export function failureBody({ status, message, cause }: Failure, api: Api): unknown {
  if (api === 'docker') return { message };
  return { cause: cause ?? message, message, response: status };
}
