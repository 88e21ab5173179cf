import { basename } from 'node:path';

/** The program whose command line, words and output a request speaks. */
export type Dialect = 'podman' | 'docker';

/** The dialect of a program's name: called as docker, bryo spells what differs as docker does. */
export function dialectOf(program: string): Dialect {
  return basename(program) === 'docker' ? 'docker' : 'podman';
}

/** The name under which the same program is to be called elsewhere; on plain Node the own one is node. */
export function programName(program: string): string {
  const name = basename(program);
  return name === 'podman' || name === 'docker' ? name : 'bryo';
}
