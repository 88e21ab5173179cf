import type { ErrorCode } from '../../base/error-codes.ts';
import type { BryoError } from '../../base/errors.ts';

/** podman's own words for the reasons of errors, by which its clients tell them apart (libpod/define/errors.go). */
const causes: Partial<Record<ErrorCode, string>> = {
  'no-such-container': 'no such container',
  'no-such-pod': 'no such pod',
  'no-such-volume': 'no such volume',
  'no-such-image': 'image not known',
  'no-such-network': 'network not found',
  'no-such-secret': 'no such secret',
  'no-such-session': 'no such exec session',
  'name-in-use': 'container already exists',
  'volume-exists': 'volume already exists',
  'volume-in-use': 'volume is being used',
  'network-exists': 'network already exists',
  'network-in-use': 'network is being used',
  'not-running': 'container state improper',
  'not-paused': 'container state improper',
  paused: 'container state improper',
  'wrong-state': 'container state improper',
  'container-running': 'container state improper',
  'already-running': 'container state improper',
  'container-busy': 'container state improper',
  'has-dependants': 'container has dependent containers',
};

/** The reason of an error in podman's words; null: it has none. */
export function podmanCause(code: ErrorCode): string | null {
  return causes[code] ?? null;
}

/** An error whose words end with podman's reason, as its clients look for it; null: they do already, or there is none. */
export function podmanMessage({ code, message, parts }: BryoError): string | null {
  if (parts.length > 0) {
    const count = parts.length === 1 ? '1 error' : `${parts.length} errors`;
    const list = parts.map((part) => `\t* ${part}\n`).join('');
    return `${message}. ${count} occurred:\n${list}`;
  }
  const cause = podmanCause(code);
  return cause === null || message.includes(cause) ? null : `${message}: ${cause}`;
}

/** The codes of errors that podman's service answers with another status than docker's. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'bad-filter': 500,
  'volume-exists': 500,
};

/** The status of an error in podman's API; null: that of docker's. */
export function podmanStatus(code: ErrorCode): number | null {
  return statuses[code] ?? null;
}
