import { configTexts } from '../../../config/config.ts';
import { type CdiEdits, cdiDirectories, isCdiName, resolveCdi } from '../../../container/cdi.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { readDevice } from '../../../request/devices.ts';
import { badValue } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about devices. */
export const deviceOptions: readonly OptionSpec[] = [
  {
    name: 'device',
    value: 'HOST[:TARGET[:rwm]]',
    repeat: true,
    help: 'give access to a device that the caller may use, to all in a directory, or to what CDI calls vendor.com/class=name',
  },
  {
    name: 'gpus',
    value: 'DEVICES',
    repeat: true,
    help: 'all or names of GPUs: the same as --device nvidia.com/gpu=NAME',
  },
];

/** `--gpus all`, `--gpus 0` and docker's `--gpus device=0,1` are devices of CDI. */
function gpuNames(words: readonly string[]): string[] {
  return words
    .flatMap((word) =>
      word
        .replaceAll('"', '')
        .replace(/^device=/, '')
        .split(','),
    )
    .map((name) => {
      const device = `nvidia.com/gpu=${name}`;
      if (!isCdiName(device)) throw badValue('--gpus', name, 'all or names of devices are needed');
      return device;
    });
}

/** The edits that CDI has for the devices that are asked for, with flags of its own kind. */
export function readCdi({ given, texts, context }: Invocation): CdiEdits {
  const gpus = given('gpus') ? gpuNames(texts('gpus')) : [];
  const names = [...texts('device').filter(isCdiName), ...gpus];
  const directories =
    configTexts(context.engine.config, 'engine.cdi_spec_dirs') ?? cdiDirectories();
  return names.length === 0 ? { devices: [], mounts: [], env: {} } : resolveCdi(names, directories);
}

/** Devices of the host. */
export function readDevices(invocation: Invocation): Pick<ContainerOptions, 'devices'> {
  return {
    devices: invocation
      .texts('device')
      .filter((t) => !isCdiName(t))
      .map(readDevice),
  };
}
