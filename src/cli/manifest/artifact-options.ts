import { BryoError } from '../../base/errors.ts';
import type { AddArtifactRequest } from '../../engine/images/add-artifact.ts';
import { unknownArtifact } from '../../image/artifact.ts';
import type { Invocation, OptionSpec } from '../command.ts';
import { readAnnotations } from './entry-options.ts';

/** Flags for files that are added to a list instead of images. */
export const artifactOptions: readonly OptionSpec[] = [
  { name: 'artifact', help: 'add files, as one artifact, instead of images' },
  {
    name: 'artifact-annotation',
    value: 'KEY=VALUE',
    repeat: true,
    help: "annotation in the artifact's own manifest",
  },
  { name: 'artifact-config', value: 'FILE', help: "the artifact's configuration; empty otherwise" },
  { name: 'artifact-config-type', value: 'TYPE', help: 'media type of the configuration' },
  { name: 'artifact-exclude-titles', help: "leave the files' names away" },
  {
    name: 'artifact-layer-type',
    value: 'TYPE',
    help: 'media type of the files; told by their beginnings otherwise',
  },
  { name: 'artifact-subject', value: 'IMAGE', help: 'image of the store that it belongs to' },
  {
    name: 'artifact-type',
    value: 'TYPE',
    help: `kind of the artifact; ${unknownArtifact} otherwise`,
  },
];

/** The artifact that the flags describe, but for its files. Throws BryoError `usage`. */
export function readArtifact(
  invocation: Invocation,
): Omit<AddArtifactRequest, 'files' | 'changes'> {
  return {
    type: invocation.text('artifact-type') ?? unknownArtifact,
    config: invocation.text('artifact-config') || null,
    configType: invocation.text('artifact-config-type') || null,
    layerType: invocation.text('artifact-layer-type') || null,
    titles: !invocation.flag('artifact-exclude-titles'),
    annotations: readAnnotations(invocation, 'artifact-annotation'),
    subject: invocation.text('artifact-subject') || null,
  };
}

/** Throws BryoError `usage` for flags that say something of an artifact where none is added. */
export function refuseArtifactFlags(invocation: Invocation): void {
  const given = artifactOptions.find(({ name }) => name !== 'artifact' && invocation.given(name));
  if (given !== undefined) throw new BryoError('usage', `--${given.name} needs --artifact`);
}
