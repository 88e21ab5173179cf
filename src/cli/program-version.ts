import { podmanVersion, version } from '../base/version.ts';
import { dockerVersion } from '../view/docker/names.ts';
import { programName } from './dialect.ts';

/** The version that goes with a program's name: programs read it to find out what they may use. */
export function versionUnder(program: string): string {
  if (program === 'podman') return podmanVersion;
  return program === 'docker' ? dockerVersion : version;
}

/** The line of --version, in the form in which programs take it apart. */
export function versionLine(program: string): string {
  if (program === 'docker') return `Docker version ${dockerVersion}, bryo ${version}`;
  return `${programName(program)} version ${versionUnder(program)}`;
}
