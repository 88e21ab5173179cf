/** A request that cannot be served, with the status that says why (RFC 9110, section 15). */
export class HttpProblem extends Error {
  readonly status: number;
  /** Nothing more can be read from this connection: where the next request begins is not known. */
  readonly isFatal: boolean;
  /** The reason alone, in podman's words; null: that is the message. */
  readonly reason: string | null;

  constructor(
    status: number,
    message: string,
    { isFatal = false, cause }: { isFatal?: boolean; cause?: string | undefined } = {},
  ) {
    super(message);
    this.name = 'HttpProblem';
    this.status = status;
    this.isFatal = isFatal;
    this.reason = cause ?? null;
  }
}

/** A message that cannot be read: 400, and the end of its connection. */
export function badMessage(why: string): HttpProblem {
  return new HttpProblem(400, `bad request: ${why}`, { isFatal: true });
}

/** A request whose bytes do not come within the time that a client has. */
export function tooSlow(): HttpProblem {
  return new HttpProblem(408, 'the request took too long', { isFatal: true });
}

/** The peer has closed its connection: nobody reads an answer. */
export class PeerGone extends Error {
  constructor() {
    super('the client has closed its connection');
    this.name = 'PeerGone';
  }
}

/** The names of statuses in answers; any other has none, which RFC 9112 allows. */
export const reasons: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'UPGRADED',
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  411: 'Length Required',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  426: 'Upgrade Required',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};
