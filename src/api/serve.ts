import { closeSync } from 'node:fs';
import { wellFormedJson } from '../base/text.ts';
import { version } from '../base/version.ts';
import type { Engine } from '../engine/engine.ts';
import { failureBody, failureOf } from './errors.ts';
import { type AnswerHeaders, AnswerWriter } from './http/answer.ts';
import { RequestBody } from './http/body.ts';
import type { Connection } from './http/connection.ts';
import { hasWord, type RequestHead, readHead } from './http/head.ts';
import { HttpProblem, PeerGone } from './http/problem.ts';
import { type PeerWatch, watchPeer } from './peer.ts';
import { refuseBrowsers } from './refuse-browsers.ts';
import { Dispatcher } from './route/dispatch.ts';
import { readQuery } from './route/query.ts';
import type { AttachStream, FollowStream, Pause, Reply } from './route/reply.ts';
import type { Api, ApiRequest } from './route/request.ts';
import { dockerApi, libpodApi } from './route/version.ts';
import { routes } from './routes.ts';
import { bodyWriter, jsonType, sendLines } from './send-body.ts';
import { lastFrames, messageFrame } from './websocket.ts';

/** The fate of a connection after a request: the next one, its end, or a stream that whoever has it carries. */
export type Outcome =
  | 'keep'
  | 'close'
  | { carried: AttachStream }
  | { paused: Pause }
  | { followed: FollowStream; chunked: boolean };

/** The surroundings of the requests that a process serves. */
export interface Service extends Pick<ApiRequest, 'createCommands'> {
  engine: Engine;
  /** The state of an answer that was pending, with its head sent; undefined: the request is new. */
  kept?: unknown;
  /** Descriptors that have come back with it. */
  handed?: readonly number[];
  /** Whether the connection came over TCP without TLS: who is at its other end is not known. */
  open?: boolean;
}

/** Bytes of a body that nobody wants, and which are read so that the connection can be kept. */
const drainLimit = 1024 * 1024;

const dispatcher = new Dispatcher(routes);

/** Headers of every answer, by which clients find out whom they speak with. */
function usualHeaders(): AnswerHeaders {
  return {
    'Api-Version': dockerApi.newest,
    'Libpod-Api-Version': libpodApi.newest,
    'Docker-Experimental': 'false',
    Ostype: 'linux',
    Server: `bryo/${version} (linux)`,
    Date: new Date().toUTCString(),
  };
}

/** Whether the client wants the connection for another request (RFC 9112, section 9.3). */
function wantsToKeep({ version: protocol, headers }: RequestHead): boolean {
  if (hasWord(headers, 'connection', 'close')) return false;
  return protocol === '1.1' || hasWord(headers, 'connection', 'keep-alive');
}

/** A request that is being answered. */
interface Exchange {
  head: RequestHead;
  answer: AnswerWriter;
  peer: PeerWatch;
}

/**
 * The stream that a client asks to switch to (Docker Engine API, "Attach to a container"); null: it does not. Most
 * call it tcp; cockpit calls it WebSocket, though it is none, and looks for that word.
 */
function upgradeOf({ headers }: RequestHead): string | null {
  if (!hasWord(headers, 'connection', 'upgrade')) return null;
  const [, word = null] = /^([\w./-]{1,64})$/.exec(headers.get('upgrade') ?? '') ?? [];
  return word;
}

async function sendStream(
  { head, answer }: Pick<Exchange, 'head' | 'answer'>,
  { type, open, before, websocket }: Reply & { kind: 'attach' },
): Promise<Outcome> {
  const framed = (bytes: Uint8Array) => (websocket === undefined ? bytes : messageFrame(bytes));
  if (websocket === undefined) await answer.switchTo(type, upgradeOf(head));
  else await answer.switchToWebsocket(websocket);
  const opened = await open();
  const stream = opened instanceof Uint8Array ? null : opened;
  try {
    if (before !== undefined) for await (const bytes of before()) await answer.pass(framed(bytes));
  } catch (error) {
    if (stream !== null) closeSync(stream.monitor);
    throw error;
  }
  if (stream !== null) return { carried: stream };
  if (opened instanceof Uint8Array) {
    if (websocket === undefined) await answer.say(opened);
    else await answer.say(lastFrames(opened));
  }
  return 'close';
}

async function sendReply({ head, answer }: Exchange, reply: Reply): Promise<Outcome> {
  if (reply.kind === 'attach') return sendStream({ head, answer }, reply);
  if (reply.kind === 'pending') {
    if (!answer.isBegun) await answer.begin(200, jsonType);
    return { paused: reply.pause };
  }
  if (reply.kind === 'continued') {
    const pause = await sendLines(answer, reply);
    if (pause !== null) return { paused: pause };
    return answer.keepsConnection ? 'keep' : 'close';
  }
  if (reply.kind === 'settled') {
    if (!answer.isBegun) await answer.begin(200, jsonType);
    await answer.write(`${wellFormedJson(reply.value)}\n`);
    await answer.end();
    return answer.keepsConnection ? 'keep' : 'close';
  }
  if (reply.kind === 'followed') {
    const writer = bodyWriter(answer, { 'Content-Type': reply.type });
    await reply.produce(writer);
    await writer.begin();
    const followed = await reply.follow();
    if (followed !== null) return { followed, chunked: answer.isChunked };
    await answer.end();
    return answer.keepsConnection ? 'keep' : 'close';
  }
  const headers = reply.headers ?? {};
  if (reply.kind === 'stream') {
    const writer = bodyWriter(answer, { 'Content-Type': reply.type, ...headers });
    await reply.produce(writer);
    await writer.begin();
    await answer.end();
  } else if (reply.kind === 'json') {
    const body = `${wellFormedJson(reply.value)}\n`;
    await answer.send(reply.status, { ...jsonType, ...headers }, body);
  } else if (reply.kind === 'bytes') {
    await answer.send(reply.status, { 'Content-Type': reply.type, ...headers }, reply.bytes);
  } else {
    await answer.send(reply.status, headers, '');
  }
  return answer.keepsConnection ? 'keep' : 'close';
}

/** Answers with what went wrong; after the beginning of an answer nothing but its end can say so. */
async function sendFailure(
  { engine }: Service,
  answer: AnswerWriter,
  error: unknown,
  api: Api,
): Promise<Outcome> {
  if (error instanceof PeerGone) return 'close';
  const failure = failureOf(error, api);
  if (failure.isUnexpected) {
    engine.log('error', error instanceof Error ? (error.stack ?? error.message) : failure.message);
  }
  if (answer.isBegun) return 'close';
  if (error instanceof HttpProblem && error.isFatal) answer.endConnection();
  const body = `${wellFormedJson(failureBody(failure, api))}\n`;
  await answer.send(failure.status, jsonType, body);
  return answer.keepsConnection ? 'keep' : 'close';
}

/** Whether a path is one of podman's API, also where nothing else can be said of it. */
const apiOf = (path: readonly string[]): Api => {
  const [first = '', second] = path;
  return (/^v\d/.test(first) ? second : first) === 'libpod' ? 'libpod' : 'docker';
};

async function handle(
  { engine, kept, handed = [], open = false, createCommands }: Service,
  { head, peer }: Exchange,
  body: RequestBody,
): Promise<Reply> {
  refuseBrowsers(head.headers, open);
  const { entry, params, version: asked } = dispatcher.find(head.method, head.target);
  const spec = await entry.load();
  const query = readQuery(spec.query ?? {}, head.target.query, {
    caseless: entry.api === 'libpod',
  });
  const request: ApiRequest = {
    engine,
    api: entry.api,
    version: asked,
    params,
    query,
    headers: head.headers,
    body,
    ...(createCommands !== undefined && { createCommands }),
    ...(kept !== undefined && { kept }),
    handed,
    describe: async () => (await import('./openapi.ts')).openApi(routes),
    get gone() {
      return peer.gone();
    },
  };
  return spec.handle(request);
}

/** Reads what is left of a request, so that the next one can be read. */
async function settle(outcome: Outcome, body: RequestBody): Promise<Outcome> {
  if (outcome !== 'keep') return outcome;
  try {
    return (await body.drain(drainLimit)) ? 'keep' : 'close';
  } catch {
    return 'close';
  }
}

async function serveHead(
  service: Service,
  connection: Connection,
  head: RequestHead,
): Promise<Outcome> {
  const { method, version: protocol } = head;
  const headers = usualHeaders();
  const answer = new AnswerWriter(connection, {
    method,
    version: protocol,
    keep: wantsToKeep(head),
    headers,
  });
  if (service.kept !== undefined) answer.resume();
  const peer = watchPeer(connection);
  const exchange = { head, answer, peer };
  let body: RequestBody | null = null;
  try {
    body = new RequestBody(connection, head);
    const reply = await handle(service, exchange, body);
    // A body whose end is known is none of the stream's that comes after it (dockerode sends one).
    if (reply.kind === 'attach' && head.headers.has('content-length')) await body.drain(drainLimit);
    // A client that holds its body back would send it after an answer, too.
    if (body.isHeldBack) answer.endConnection();
    return await settle(await sendReply(exchange, reply), body);
  } catch (error) {
    if (body?.isHeldBack === true) answer.endConnection();
    try {
      const outcome = await sendFailure(service, answer, error, apiOf(head.target.path));
      return body === null ? 'close' : await settle(outcome, body);
    } catch {
      return 'close';
    }
  } finally {
    peer.end();
  }
}

/** Serves the next request of a connection. Resolves when its answer is written, or nobody wants one. */
export async function serveRequest(service: Service, connection: Connection): Promise<Outcome> {
  let head: RequestHead | null;
  try {
    head = await readHead(connection);
  } catch (error) {
    const to = { method: 'GET', version: '1.1', keep: false, headers: usualHeaders() } as const;
    await sendFailure(service, new AnswerWriter(connection, to), error, 'docker').catch(() => {});
    return 'close';
  }
  return head === null ? 'close' : serveHead(service, connection, head);
}
