import { BryoError } from '../../base/errors.ts';
import type { EntryChanges } from '../../engine/images/manifest-lists.ts';
import type { Invocation, OptionSpec } from '../command.ts';

/** Flags for what a list says of one of its manifests. */
export const entryOptions: readonly OptionSpec[] = [
  { name: 'annotation', value: 'KEY=VALUE', repeat: true, help: 'annotation of the entry' },
  { name: 'arch', value: 'ARCH', help: 'processor that the list says the image is for' },
  { name: 'features', value: 'FEATURE', repeat: true, help: 'features of the processor it needs' },
  { name: 'os', value: 'OS', help: 'operating system that the list says the image is for' },
  {
    name: 'os-features',
    value: 'FEATURE',
    repeat: true,
    help: 'features of the operating system it needs',
  },
  { name: 'os-version', value: 'VERSION', help: 'version of the operating system it needs' },
  { name: 'variant', value: 'VARIANT', help: 'variant of the processor, such as v7 of arm' },
];

function words(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).filter((word) => word !== '');
}

/** The annotations of a flag. Throws BryoError `usage`. */
export function readAnnotations(invocation: Invocation, flag: string): Record<string, string> {
  const annotations = invocation.texts(flag).map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new BryoError('usage', `--${flag} ${JSON.stringify(text)}: KEY=VALUE`);
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return Object.fromEntries(annotations);
}

/** The changes of an entry that these flags ask for. Throws BryoError `usage`. */
export function readEntryChanges(invocation: Invocation): EntryChanges {
  return {
    annotations: readAnnotations(invocation, 'annotation'),
    arch: invocation.text('arch'),
    os: invocation.text('os'),
    variant: invocation.text('variant'),
    osVersion: invocation.text('os-version'),
    features: words(invocation.texts('features')),
    osFeatures: words(invocation.texts('os-features')),
  };
}
