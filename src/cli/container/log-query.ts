import { parseEndArgument, parseTimeArgument } from '../../base/duration.ts';
import type { LogQuery } from '../../engine/containers/logs.ts';
import { readNumber } from '../../request/values.ts';
import type { Invocation } from '../command.ts';

/** The number of lines that --tail asks for; null: all, as a negative number says, too. */
export function readTail(text: string | null): number | null {
  const all = text === null || text === 'all' || /^-\d+$/.test(text);
  return all ? null : readNumber('--tail', text, 0);
}

/** The query that --since, --until, --tail and --follow make. */
export function readLogQuery(invocation: Invocation): LogQuery {
  const now = new Date();
  // A time that a script has left empty is not asked for.
  const [since, until] = [invocation.text('since') || null, invocation.text('until') || null];
  // A duration is one from now on with podman, and one ago with docker.
  const parseUntil = invocation.context.dialect === 'docker' ? parseTimeArgument : parseEndArgument;
  return {
    since: since === null ? null : parseTimeArgument(since, now),
    until: until === null ? null : parseUntil(until, now),
    tail: readTail(invocation.text('tail')),
    follow: invocation.flag('follow'),
  };
}
