import { BryoError } from '../base/errors.ts';
import { retrying } from './retry.ts';
import { ask, type ClientOptions, nameFailure, openSession } from './session.ts';

/**
 * Asks a registry whether it takes these credentials. Errors: `bad-login`, those of connections.
 */
export async function checkLogin(options: Omit<ClientOptions, 'repository'>): Promise<void> {
  const session = openSession({ ...options, repository: '' });
  const asked = { kind: 'token' as const, path: '', what: options.host, headers: {} };
  try {
    const response = await retrying(session, () => ask(session, asked));
    response.discard();
  } catch (error) {
    const named = nameFailure(session, error);
    if (!(named instanceof BryoError) || named.code !== 'access-denied') throw named;
    throw new BryoError(
      'bad-login',
      `logging into ${JSON.stringify(options.host)}: invalid username/password`,
    );
  } finally {
    session.transport.close();
  }
}
