import { connectRunning } from '../../engine/containers/attach.ts';
import { becomeAttachClient } from '../../engine/containers/start/attach-client.ts';
import { defineCommand } from '../command.ts';
import { latestOption, oneOrLatest, refuseNamesWithLatest } from '../options/latest.ts';
import { detachKeysOption, readDetachKeys } from '../options/shared.ts';

export const command = defineCommand({
  name: 'attach',
  noun: 'container',
  summary: 'Connect the terminal to a running container',
  synopsis: 'CONTAINER',
  arguments: { min: 0, max: 1, kind: 'container' },
  options: [
    detachKeysOption,
    latestOption,
    { name: 'no-stdin', help: 'do not hand standard input on' },
    { name: 'sig-proxy', on: true, help: 'pass signals on to the container' },
  ],
  description: [
    "Shows the container's output from now on and hands standard input and signals on to it. Exits with the container's status, or 0 after the detach keys.",
  ],
  examples: [{ command: 'bryo attach --no-stdin web', says: 'watch only' }],
  async run(invocation) {
    const { store } = invocation.context.engine;
    refuseNamesWithLatest(invocation);
    const { name } = oneOrLatest(invocation);
    const detachKeys = readDetachKeys(invocation);
    const { record, connection } = connectRunning(store, name);
    return becomeAttachClient(connection, {
      tty: record.options.tty,
      stdin: record.options.interactive && !invocation.flag('no-stdin'),
      detachKeys,
      sigProxy: invocation.flag('sig-proxy'),
    });
  },
});
