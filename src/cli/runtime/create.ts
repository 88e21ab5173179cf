import { createContainer } from '../../oci/create.ts';
import {
  bundleOption,
  configOption,
  consoleSocketOption,
  defineRuntimeCommand,
  launchOptions,
  pidFileOption,
} from './command.ts';
import { containerId, readLaunchFlags } from './shared.ts';

export const command = defineRuntimeCommand({
  name: 'create',
  summary: 'Create a container from a bundle',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [bundleOption, configOption, pidFileOption, consoleSocketOption, ...launchOptions],
  description: [
    'Makes everything that config.json asks for; the process waits for start. Its standard streams are those of this command.',
  ],
  async run(parsed, context) {
    const warnings = await createContainer(context.root, {
      id: containerId(parsed),
      bundle: parsed.text('bundle') ?? '.',
      configFile: parsed.text('config') ?? 'config.json',
      pidFile: parsed.text('pid-file'),
      consoleSocket: parsed.text('console-socket'),
      ...readLaunchFlags(parsed),
      cgroupManager: context.cgroupManager,
      trace: context.debug,
    });
    for (const warning of warnings) context.warn(warning);
    return 0;
  },
});
