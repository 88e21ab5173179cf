import { BryoError } from '../../base/errors.ts';
import type { Credentials } from '../../registry/auth-file.ts';
import type { Invocation, OptionSpec } from '../command.ts';

/** Flags of the verbs that talk with a registry. */
export const authFileOption: OptionSpec = {
  name: 'authfile',
  value: 'FILE',
  help: 'where registry credentials are kept',
};
export const tlsVerifyOption: OptionSpec = {
  name: 'tls-verify',
  on: true,
  help: 'demand a valid certificate of the registry',
};
export const credsOption: OptionSpec = {
  name: 'creds',
  value: 'USER:PASSWORD',
  help: 'credentials to use instead of those that are kept',
};

/** What --creds says; null: it was not given. The value is never part of a message. */
export function readCreds(invocation: Invocation): Credentials | null {
  const text = invocation.text('creds');
  if (text === null) return null;
  const colon = text.indexOf(':');
  if (colon < 1) throw new BryoError('usage', '--creds needs USER:PASSWORD');
  return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) };
}
