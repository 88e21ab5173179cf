import { errnoCode } from '../base/errors.ts';

/** Exit status of a program that SIGPIPE ends, as shells tell it. */
const endedByPipe = 141;

const guarded = new WeakSet<NodeJS.WriteStream>();

/** A reader that has left (`bryo logs -f web | grep -m1 ready`) ends the command without a word. */
export function guardStream(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (guarded.has(stream)) return stream;
  guarded.add(stream);
  stream.on('error', (error) => {
    if (errnoCode(error) === 'EPIPE') process.exit(endedByPipe);
    throw error;
  });
  return stream;
}
