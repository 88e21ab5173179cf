import { runContainer } from '../../oci/create.ts';
import {
  bundleOption,
  consoleSocketOption,
  defineRuntimeCommand,
  launchOptions,
  pidFileOption,
} from './command.ts';
import { containerId, readLaunchFlags, stayWith } from './shared.ts';

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
    ...launchOptions,
  ],
  description: [
    "The exit status is the container's. Its state goes with it, unless --keep is given.",
  ],
  async run(parsed, context) {
    const running = await runContainer(context.root, {
      id: containerId(parsed),
      bundle: parsed.text('bundle') ?? '.',
      pidFile: parsed.text('pid-file'),
      consoleSocket: parsed.text('console-socket'),
      ...readLaunchFlags(parsed),
      cgroupManager: context.cgroupManager,
      detach: parsed.flag('detach'),
      keep: parsed.flag('keep'),
    });
    for (const warning of running.warnings) context.warn(warning);
    return stayWith(running);
  },
});
