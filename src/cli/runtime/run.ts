import { runContainer } from '../../oci/create.ts';
import {
  bundleOption,
  consoleSocketOption,
  defineRuntimeCommand,
  pidFileOption,
  refusedOptions,
} from './command.ts';
import { containerId, refuseOptions, stayWith } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'run',
  summary: 'Create and start a container, and stay until it ends',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [
    bundleOption,
    pidFileOption,
    consoleSocketOption,
    { name: 'detach', short: 'd', help: 'leave the container to itself' },
    { name: 'keep', help: 'keep its state when it has ended' },
    ...refusedOptions,
  ],
  description: [
    "The exit status is the container's. Its state goes with it, unless --keep is given.",
  ],
  async run(parsed, context) {
    refuseOptions(parsed);
    const running = runContainer(context.root, {
      id: containerId(parsed),
      bundle: parsed.text('bundle') ?? '.',
      pidFile: parsed.text('pid-file'),
      consoleSocket: parsed.text('console-socket'),
      detach: parsed.flag('detach'),
      keep: parsed.flag('keep'),
    });
    for (const warning of running.warnings) context.warn(warning);
    return stayWith(running);
  },
});
