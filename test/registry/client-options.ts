import type { ClientOptions } from '../../src/registry/session.ts';

/** Options of a client for a registry of a test's own: it has no files of credentials, and gives up soon. */
export function clientOptions(host: string, more: Partial<ClientOptions> = {}): ClientOptions {
  return {
    host,
    repository: 'some/image',
    tlsVerify: true,
    authFile: null,
    env: {},
    home: '/nonexistent',
    retryPolicy: { attempts: 4, baseDelay: 1, maxDelay: 20 },
    ...more,
  };
}
