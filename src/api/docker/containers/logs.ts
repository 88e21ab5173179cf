import { parseTimeArgument } from '../../../base/duration.ts';
import { BryoError } from '../../../base/errors.ts';
import { findRecord } from '../../../container/records.ts';
import { findLog, type LogQuery, readContainerLog } from '../../../engine/containers/logs.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { LogRecord } from '../../../monitor/log-reader.ts';
import { FollowedLog, followFurther, type LogForm } from '../../follow-log.ts';
import { HttpProblem, PeerGone } from '../../http/problem.ts';
import { flag, text } from '../../route/query.ts';
import type { BodyWriter, Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { isSince } from '../../route/version.ts';
import { frame, streamType } from '../../streams.ts';

/** Go's time that is none, which podman's clients send where nothing was asked for. */
const goZeroTime = '0001-01-01T00:00:00Z';

/** Seconds since 1970 with fractions, or another form of a time; null: no limit. Throws HttpProblem 400. */
export function readTime(name: string, word: string | null): bigint | null {
  if (word === null || word === '' || word === '0' || word === goZeroTime) return null;
  const [, seconds, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(word) ?? [];
  if (seconds !== undefined)
    return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  try {
    return parseTimeArgument(word, new Date());
  } catch {
    throw new HttpProblem(
      400,
      `invalid parameter ${name}=${JSON.stringify(word)}: a time is needed`,
    );
  }
}

/** A number of lines; all of them for a word that is none, as Docker has it. */
export function readTail(word: string | null): number | null {
  return word !== null && /^\d{1,12}$/.test(word) ? Number(word) : null;
}

const newline = Buffer.from('\n');

/** Makes the bytes of records, of which several may be one line. */
class LogBytes {
  readonly #stamped: boolean;
  /** Whether the next record of a stream begins a line. */
  readonly #atStart = { stdout: true, stderr: true };

  constructor(stamped: boolean) {
    this.#stamped = stamped;
  }

  of({ time, stream, complete, content }: LogRecord): Buffer {
    const head = this.#stamped && this.#atStart[stream] ? [Buffer.from(`${time} `)] : [];
    this.#atStart[stream] = complete;
    return Buffer.concat([...head, content, ...(complete ? [newline] : [])]);
  }
}

/** Bytes of a log that are written at once where all of it is there already. */
const batchSize = 64 * 1024;

/** A log as a client sees it. `batch`: bytes to wait for; 0: each record goes at once. */
export async function* shownLog(
  records: AsyncIterable<LogRecord>,
  { framed, timestamps, ...streams }: LogForm,
  batch = batchSize,
): AsyncGenerator<Buffer> {
  const bytes = new LogBytes(timestamps);
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const entry of records) {
    if (!streams[entry.stream]) continue;
    const shown = bytes.of(entry);
    const piece = framed ? frame(entry.stream, shown) : shown;
    pieces.push(piece);
    size += piece.length;
    if (size < batch) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pieces);
}

/** The end of an answer that was going on. */
const ended: Reply & { kind: 'followed' } = {
  kind: 'followed',
  type: streamType(true),
  produce: async () => undefined,
  follow: async () => null,
};

function isKnown(engine: Engine, name: string): boolean {
  try {
    return findRecord(engine.store, name) !== null;
  } catch (error) {
    if (error instanceof BryoError) return false;
    throw error;
  }
}

export const route = defineRoute({
  summary: 'Read the output of a container',
  query: {
    follow: flag('go on with what comes'),
    stdout: flag('the standard output'),
    stderr: flag('the standard error'),
    since: text('only what is not older: seconds since 1970'),
    until: text('only what is not newer: seconds since 1970'),
    timestamps: flag('with the time before each line'),
    tail: text('so many lines at the end; all otherwise'),
    details: flag('further attributes, of which there are none'),
  },
  answers: {
    200: { about: 'the output, in frames unless there is a terminal', type: streamType(true) },
  },
  async handle(request): Promise<Reply> {
    const { api, engine, query, version } = request;
    if (!query.stdout && !query.stderr) {
      throw new HttpProblem(400, 'Bad parameters: you must choose at least one stream');
    }
    const name = param(request, 'container');
    const { gone, kept, handed = [] } = request;
    if (kept !== undefined && !isKnown(engine, name)) return ended;
    const record = findRecord(engine.store, name);
    const source = findLog(engine, record.id);
    const asked: LogQuery = {
      since: readTime('since', query.since),
      until: readTime('until', query.until),
      tail: readTail(query.tail),
      follow: query.follow,
    };
    // podman's own clients read frames, whatever there is.
    const framed = api === 'libpod' || !record.options.tty;
    const { stdout, stderr, timestamps } = query;
    const form = { stdout, stderr, timestamps, framed };
    const type =
      api === 'docker' && isSince(version, '1.42') ? streamType(framed) : streamType(false);
    if (kept !== undefined) {
      const follow = () => followFurther(engine, source, { handed, form, gone });
      return { ...ended, follow };
    }
    const followed = FollowedLog.open(engine, source, asked);
    const records = followed?.records() ?? readContainerLog(engine, source, asked);
    const produce = async (writer: BodyWriter): Promise<void> => {
      try {
        await writer.begin();
        const batch = query.follow && followed === null ? 0 : batchSize;
        for await (const bytes of shownLog(records, form, batch)) {
          if (gone.aborted) throw new PeerGone();
          await writer.write(bytes);
        }
      } catch (error) {
        followed?.close();
        throw error;
      }
    };
    if (followed === null) return { kind: 'stream', type, produce };
    return { kind: 'followed', type, produce, follow: () => followed.rest(form) };
  },
});
