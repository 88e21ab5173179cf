import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import { logOf, readContainerLog } from '../../../engine/containers/logs.ts';
import { openMonitor } from '../../../engine/containers/open-monitor.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import { flag, type QueryValues, text } from '../../route/query.ts';
import type { AttachStream, Reply } from '../../route/reply.ts';
import { type Api, type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { isSince } from '../../route/version.ts';
import { streamType } from '../../streams.ts';
import { acceptWebsocket } from '../../websocket.ts';
import { shownLog } from './logs.ts';

const nanosecondsNow = (): bigint => BigInt(Date.now()) * 1_000_000n;

async function* nothing(): AsyncGenerator<never> {}

/** Whether a client wants what comes from now on, which podman's need not say. */
function wantsStream(api: Api, word: string | null): boolean {
  return word === null ? api === 'libpod' : !/^(0|no|false|none|)$/i.test(word.trim());
}

const query = {
  stream: text("what comes from now on: true or false; in podman's API true otherwise"),
  logs: flag('what it has written before'),
  stdin: flag('standard input'),
  stdout: flag('standard output'),
  stderr: flag('standard error'),
  detachKeys: text('keys that end the attachment'),
};

/** Attaches to a container; `websocket` is what its client gets for its key, null: it has none. */
async function attach(
  request: ApiRequest<QueryValues<typeof query>>,
  websocket: string | null,
): Promise<Reply & { kind: 'attach' }> {
  const { engine, query: asked, version } = request;
  const record = findRecord(engine.store, param(request, 'container'));
  const { tty, interactive } = record.options;
  const tellsOfFrames = isSince(version, request.api === 'docker' ? '1.42' : '4.7');
  const type = streamType(tellsOfFrames && !tty);
  // To podman's clients who name none of them all are meant.
  const all = request.api === 'libpod' && !(asked.stdin || asked.stdout || asked.stderr);
  const [stdin, stdout, stderr] = all
    ? [true, true, true]
    : [asked.stdin, asked.stdout, asked.stderr];
  const framed = !tty && websocket === null;
  const before = (): AsyncIterable<Uint8Array> => {
    const source = logOf(engine, record);
    const range = { since: null, until: nanosecondsNow(), tail: null, follow: false };
    const records = source === null ? nothing() : readContainerLog(engine, source, range);
    return shownLog(records, { stdout, stderr, timestamps: false, framed });
  };
  const parts = { ...(asked.logs && { before }), ...(websocket !== null && { websocket }) };
  // Without a stream there is nothing but what was written before.
  if (asked.logs && !wantsStream(request.api, asked.stream)) {
    return { kind: 'attach', type, ...parts, open: async () => Buffer.alloc(0) };
  }
  const open = async (): Promise<AttachStream | Uint8Array> => {
    try {
      // A container that does not run yet is made ready: not a byte is lost until its start.
      return {
        monitor: await openMonitor(engine, record),
        framed,
        ...(websocket !== null && { websocket: true }),
        stdin: stdin && interactive,
        stdout,
        stderr,
        detachKeys: asked.detachKeys || null,
      };
    } catch (error) {
      // Clients attach before they start a container: the start will say what is wrong.
      if (!(error instanceof BryoError)) throw error;
      return Buffer.alloc(0);
    }
  };
  // A client asks for the start as soon as it has the head: what does not run is ready by then.
  const runs = (await settledContainerState(engine.store, record.id)).status === 'running';
  const opened = runs ? null : await open();
  return { kind: 'attach', type, ...parts, open: async () => opened ?? open() };
}

export const route = defineRoute({
  summary: 'Attach to a container: the connection becomes its standard streams',
  query,
  answers: {
    101: { about: 'the connection is a stream, as the client asked for', type: streamType(true) },
    200: { about: 'the same for clients that asked for nothing', type: streamType(true) },
  },
  handle: (request) => attach(request, null),
});

export const websocketRoute = defineRoute({
  summary: 'Attach to a container over a WebSocket, whose messages are its standard streams',
  query,
  answers: { 101: { about: 'the connection is a WebSocket' } },
  handle: async (request) => attach(request, acceptWebsocket(request.headers)),
});
