import { HttpProblem } from '../http/problem.ts';

/** A name or an id that never could be a path, and is none. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,255}$/;
/** A reference of an image: names between slashes, a tag, a digest. */
const imageName = /^[A-Za-z0-9](?:[A-Za-z0-9_.:@+-]|\/(?=[A-Za-z0-9])){0,1023}$/;

/** The words that may stand for a parameter of a path, and how an answer speaks of one that is not there. */
interface ParamKind {
  about: string;
  pattern: RegExp;
  /** docker's names of containers begin with a slash. */
  slash?: true;
  missing(value: string): string;
}

/** The parameters that paths have, by their names. */
export const paramKinds = {
  container: {
    about: 'name or id of a container, or the beginning of its id',
    pattern: plainName,
    slash: true,
    missing: (value) => `No such container: ${value}`,
  },
  exec: {
    about: 'id of a command that was prepared to run in a container',
    pattern: /^[0-9a-f]{1,64}$/,
    missing: (value) => `No such exec instance: ${value}`,
  },
  image: {
    about: 'name or id of an image',
    pattern: imageName,
    missing: (value) => `No such image: ${value}`,
  },
  destination: {
    about: 'the name that an image is pushed to, with docker:// or without',
    pattern: /^[\x21-\x7e]{1,1024}$/,
    missing: (value) => `No such place: ${value}`,
  },
  network: {
    about: 'name or id of a network',
    pattern: plainName,
    missing: (value) => `network ${value} not found`,
  },
  volume: {
    about: 'name of a volume',
    pattern: plainName,
    missing: (value) => `get ${value}: no such volume`,
  },
  pod: {
    about: 'name or id of a pod',
    pattern: plainName,
    missing: (value) => `no pod with name or ID ${value} found: no such pod`,
  },
  secret: {
    about: 'name or id of a secret',
    pattern: plainName,
    missing: (value) => `no such secret: ${value}`,
  },
  /** Of things that this machine never has: plugins, services. */
  thing: {
    about: 'name or id',
    pattern: /^.{1,256}$/s,
    missing: (value) => `No such object: ${value}`,
  },
} as const satisfies Record<string, ParamKind>;

export type ParamName = keyof typeof paramKinds;

/** The value of a parameter. Throws HttpProblem 404 for what can be no name: there is nothing of that name. */
export function readParam(name: string, value: string): string {
  const kind: ParamKind | undefined = Object.hasOwn(paramKinds, name)
    ? paramKinds[name as ParamName]
    : undefined;
  if (kind === undefined) throw new Error(`paths have no parameter {${name}}`);
  const bare = kind.slash === true ? value.replace(/^\//, '') : value;
  if (!kind.pattern.test(bare)) throw new HttpProblem(404, kind.missing(bare));
  return bare;
}
