import { homedir } from 'node:os';
import type { Credentials } from './credentials.ts';
import type { RetryPolicy } from './retry.ts';
import type { ClientOptions } from './session.ts';

/** How the caller is known to registries, and what is demanded of them. */
export interface RegistryAccess {
  tlsVerify: boolean;
  /** Also where registries.conf calls a registry insecure. */
  tlsDemanded?: boolean;
  authFile: string | null;
  /** Instead of those that are kept. */
  credentials?: Credentials | null;
  /** By registry (`docker.io`): for these instead of those that are kept. */
  accounts?: ReadonlyMap<string, Credentials>;
  certDir?: string | null;
  retryPolicy?: RetryPolicy;
  /** Hears of long waits that a registry asks for. */
  onWait?(words: string): void;
}

/** A repository of a registry. */
export interface RegistryPlace {
  domain: string;
  path: string;
  /** Certificates need not be right. */
  insecure: boolean;
}

/** The options of a client of a repository, the caller's environment included. */
export function clientOptions(
  { domain, path, insecure }: RegistryPlace,
  access: RegistryAccess,
): ClientOptions {
  const {
    tlsVerify,
    tlsDemanded = false,
    authFile,
    accounts,
    credentials = accounts?.get(domain),
    certDir,
    retryPolicy,
    onWait,
  } = access;
  return {
    host: domain,
    repository: path,
    tlsVerify: tlsVerify && (tlsDemanded || !insecure),
    authFile,
    ...(credentials && { credentials }),
    ...(certDir && { certDir }),
    ...(retryPolicy && { retryPolicy }),
    ...(onWait && { onWait }),
    env: process.env,
    home: homedir(),
  };
}
