import { runContainer } from '../../oci/run.ts';
import {
  bundleOption,
  configOption,
  consoleSocketOption,
  defineRuntimeCommand,
  launchOptions,
  pidFileOption,
} from './command.ts';
import { containerId, readLaunchFlags, stayAndReturn, stayWith } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'run',
  summary: 'Create and start a container, and stay until it ends',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [
    bundleOption,
    configOption,
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
      configFile: parsed.text('config') ?? 'config.json',
      pidFile: parsed.text('pid-file'),
      consoleSocket: parsed.text('console-socket'),
      ...readLaunchFlags(parsed),
      cgroupManager: context.cgroupManager,
      trace: context.debug,
      detach: parsed.flag('detach'),
      keep: parsed.flag('keep'),
    });
    for (const warning of running.warnings) context.warn(warning);
    if (running.afterwards === null) return stayWith(running);
    const status = await stayAndReturn(running);
    for (const warning of running.afterwards()) context.warn(warning);
    return status;
  },
});
