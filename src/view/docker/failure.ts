import type { BryoError } from '../../base/errors.ts';

/** An image as docker calls it where there is none: with the tag that it has looked for. */
function taggedName(name: string): string {
  return /@|:[^/]*$/.test(name) ? name : `${name}:latest`;
}

/** An error in the words of docker's service, which programs look for; null: docker has none of its own. */
export function dockerMessage({ code, about }: BryoError): string | null {
  if (about === undefined) return null;
  switch (code) {
    case 'no-such-container':
      return `No such container: ${about}`;
    case 'no-such-image':
      return `No such image: ${taggedName(about)}`;
    case 'no-such-volume':
      return `get ${about}: no such volume`;
    case 'not-killable':
      return `cannot kill container: ${about} is not running`;
    case 'not-running':
      return `container ${about} is not running`;
    default:
      return null;
  }
}

/** An error in the words of docker's command line; null: docker has none of its own. */
export function dockerFailure(error: BryoError): string | null {
  if (error.code === 'no-such-object' && error.about !== undefined) {
    return `Error: No such object: ${error.about}`;
  }
  const message = dockerMessage(error);
  return message === null ? null : `Error response from daemon: ${message}`;
}
