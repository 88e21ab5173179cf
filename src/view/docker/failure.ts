import type { BryoError } from '../../base/errors.ts';

/** An image as docker calls it where there is none: with the tag that it has looked for. */
function taggedName(name: string): string {
  return /@|:[^/]*$/.test(name) ? name : `${name}:latest`;
}

/** An error in docker's words, which programs look for; null: docker has none of its own. */
export function dockerFailure({ code, about }: BryoError): string | null {
  if (about === undefined) return null;
  switch (code) {
    case 'no-such-container':
      return `Error response from daemon: No such container: ${about}`;
    case 'no-such-image':
      return `Error response from daemon: No such image: ${taggedName(about)}`;
    case 'no-such-volume':
      return `Error response from daemon: get ${about}: no such volume`;
    case 'no-such-object':
      return `Error: No such object: ${about}`;
    case 'not-running':
      return `Error response from daemon: container ${about} is not running`;
    default:
      return null;
  }
}
