import { version } from '../../base/version.ts';
import { buildahVersion } from '../../view/podman/info.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'buildx-version',
  noun: 'buildx',
  summary: 'Print the version',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [],
  description: [
    'Prints the version of bryo: builder and runtime are one program; under the name podman the release of Buildah whose builds these are like.',
  ],
  examples: [{ command: 'bryo buildx version', says: 'what programs ask before they build' }],
  run({ context: { stdout, program } }) {
    // Programs ask podman how far its builder is that of Buildah.
    stdout.write(program === 'podman' ? `buildah ${buildahVersion}\n` : `bryo ${version}\n`);
    return Promise.resolve(0);
  },
});
