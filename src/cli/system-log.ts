import { BryoError } from '../base/errors.ts';
import type { LogLevel } from '../engine/engine.ts';
import { addon } from '../native/addon.ts';

const systemSocket = '/dev/log';

/** The severities of syslog(3). */
const severities: Record<LogLevel, number> = {
  panic: 2,
  fatal: 2,
  error: 3,
  warn: 4,
  info: 6,
  debug: 7,
  trace: 7,
};

/** The facility of programs of users, LOG_USER. */
const facility = 1 << 3;

/** Tells the system log (`--syslog`). Throws BryoError `no-journal` where nothing takes messages. */
export function tellSystemLog(
  program: string,
  level: LogLevel,
  message: string,
  socket = systemSocket,
): void {
  const text = `<${facility | severities[level]}>${program}[${process.pid}]: ${message}`;
  try {
    addon().sendDatagram(socket, Buffer.from(text));
  } catch (cause) {
    throw new BryoError('no-journal', `no system log listens at ${socket} (--syslog)`, { cause });
  }
}
