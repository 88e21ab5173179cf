import { basename } from 'node:path';

/** The program whose command line, words and output a request speaks. */
export type Dialect = 'podman' | 'docker';

/** The dialect of a program's name: called as docker, bryo spells what differs as docker does. */
export function dialectOf(program: string): Dialect {
  return basename(program) === 'docker' ? 'docker' : 'podman';
}
