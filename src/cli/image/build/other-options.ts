import { BryoError } from '../../../base/errors.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { ownPlatformOptions } from '../../options/registry.ts';

/** The remaining flags of `build`. */
export const buildOtherOptions: readonly OptionSpec[] = [
  ...ownPlatformOptions,
  {
    name: 'platform',
    value: 'OS/ARCH[/VARIANT]',
    repeat: true,
    help: 'platform of the image; several, also with commas between them, make a list of images',
  },
  {
    name: 'manifest',
    value: 'NAME',
    help: 'put the image into a list of that name, which is made if there is none',
  },
  { name: 'push', help: 'send the image to the registry of its names' },
  { name: 'load', help: 'have the image in the store, where it is in any case' },
  {
    name: 'check',
    help: 'look for what docker advises against, and build nothing; in the file "# check=skip=RULE" leaves a rule out, and with "# check=error=true" findings fail any build',
  },
  {
    name: 'call',
    value: 'METHOD',
    default: 'build',
    choices: ['build', 'check'],
    help: 'check is the same as --check',
  },
  { name: 'explain', help: 'print what would be done, step by step, instead of doing it' },
  { name: 'rm', on: true, help: 'leave no containers of RUN behind, as always' },
  { name: 'force-rm', on: true, help: 'the same for those that failed; see --keep-failed' },
  { name: 'compress', help: 'nothing: the context is not sent anywhere' },
  {
    name: 'disable-compression',
    on: true,
    help: 'nothing: layers are kept as files, and compressed with gzip when they are pushed or saved',
  },
  {
    name: 'provenance',
    value: 'false',
    bare: 'true',
    help: 'false alone: no attestation is made of how the image was built',
  },
  { name: 'sbom', value: 'false', bare: 'true', help: 'false alone: no list of packages is made' },
];

/** Attestations can be declined, and are not made. Throws BryoError `usage`. */
export function checkUnmade({ given, text }: Invocation): void {
  const reasons = {
    provenance: 'what a build did is in its history and --metadata-file',
    sbom: 'no scanner of packages comes with bryo: scan the finished image with one',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    if (!given(name) || /^(false|0|f)$/i.test(text(name) ?? '')) continue;
    throw new BryoError('usage', `--${name} is not supported: ${reason}`);
  }
}

/** Whether the file is only looked at. Throws BryoError `usage` for a method that there is not. */
export function wantsCheck({ flag, text }: Invocation): boolean {
  const method = text('call') ?? 'build';
  if (method !== 'build' && method !== 'check' && method !== 'lint') {
    throw new BryoError('usage', `--call ${method} is not supported: build and check are`, {
      hint: '--explain shows the stages and what they need',
    });
  }
  return flag('check') || method !== 'build';
}
