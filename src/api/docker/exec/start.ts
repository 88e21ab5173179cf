import { BryoError } from '../../../base/errors.ts';
import { type StartedExec, startExec } from '../../../engine/containers/exec.ts';
import { sendWindowSize } from '../../../engine/containers/open-monitor.ts';
import {
  execState,
  findExec,
  keptSize,
  noteFailure,
  noteStart,
  type PreparedExec,
} from '../../../engine/containers/prepared-execs.ts';
import type { TerminalSize } from '../../../engine/containers/start/monitor-input.ts';
import { noDescriptors } from '../../../native/inherited-fds.ts';
import type { Field } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { type AttachStream, empty, type Reply } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject } from '../../route/schema.ts';
import { isSince } from '../../route/version.ts';
import { frame, streamType } from '../../streams.ts';

/** Rows and columns of the client's terminal; null: it tells of none. */
function readConsole(field: Field): { rows: number; columns: number } | null {
  const [rows, columns] = field.items();
  if (rows === undefined || columns === undefined || rows.isZero || columns.isZero) return null;
  return { rows: rows.number(1, 65_535) ?? 1, columns: columns.number(1, 65_535) ?? 1 };
}

/** The client's stream of a command that runs. */
function streamOf(exec: PreparedExec, { client }: StartedExec, framed: boolean): AttachStream {
  if (client === null) throw new Error('a command was started without a connection');
  const { tty, stdin, stdout, stderr, detachKeys } = exec;
  return { monitor: client, framed, stdin, stdout: stdout || tty, stderr, detachKeys };
}

/** Gives a terminal the size that was asked for while it was made. */
function giveSize(
  asked: TerminalSize | null,
  made: TerminalSize | null,
  { client }: StartedExec,
): void {
  if (asked === null || client === null) return;
  if (asked.rows === made?.rows && asked.columns === made.columns) return;
  sendWindowSize(client, asked.rows, asked.columns);
}

export const route = defineRoute({
  summary: 'Start a prepared command: the connection becomes its standard streams',
  body: { about: 'Detach, Tty, ConsoleSize', schema: anObject },
  answers: {
    101: { about: 'the connection is a stream, as the client asked for', type: streamType(true) },
    200: { about: 'the same for clients that asked for nothing, and without a stream' },
  },
  async handle(request): Promise<Reply> {
    const { api, engine, version } = request;
    const exec = findExec(engine, param(request, 'exec'));
    const body = await readBody(request);
    if ((await execState(engine, exec)).kind !== 'waiting') {
      throw new HttpProblem(409, `exec instance ${exec.id} was started already`);
    }
    const detach = body.get('Detach').flag();
    const { container, command, env, user, workdir, tty, privileged } = exec;
    // As docker has it, and not podman: whoever starts the command says whether the stream is raw, not who prepared it.
    const framed = api === 'docker' ? !body.get('Tty').flag() : !tty;
    const size = readConsole(body.get('ConsoleSize')) ?? keptSize(engine, exec);
    const start = async (): Promise<StartedExec> => {
      const at = new Date().toISOString();
      try {
        const started = await startExec(engine, {
          container,
          command,
          env,
          user,
          workdir,
          tty,
          privileged,
          interactive: exec.stdin && !detach,
          detach,
          size,
          inherited: noDescriptors,
          sessionId: exec.id,
        });
        noteStart(engine, exec, started.pid, at);
        giveSize(keptSize(engine, exec), size, started);
        return started;
      } catch (error) {
        if (error instanceof BryoError) noteFailure(engine, exec, error.exitCode);
        throw error;
      }
    };
    if (detach) {
      await start();
      return empty(200);
    }
    return {
      kind: 'attach',
      type: isSince(version, '1.42') ? streamType(framed) : streamType(false),
      async open() {
        try {
          return streamOf(exec, await start(), framed);
        } catch (error) {
          if (!(error instanceof BryoError)) throw error;
          // Clients show what comes on the stream, and ask for the exit code.
          const said = Buffer.from(`${error.message}\r\n`);
          return framed ? frame('stderr', said) : said;
        }
      },
    };
  },
});
