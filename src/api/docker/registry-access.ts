import type { RegistryAccess } from '../../registry/access.ts';
import { readCredentials } from '../body/registry-auth.ts';
import type { Headers } from '../http/head.ts';
import { text } from '../route/query.ts';

/** Parameters of podman's, which its clients send to docker's routes, too. */
export const tlsQuery = { tlsVerify: text('false: certificates need not be right') };

/** Whether an image's name, or a registry's, is of this machine: docker's service trusts what answers there. */
export function isLocal(name: string): boolean {
  const [host = ''] = name.replace(/^https?:\/\//, '').split('/');
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/.test(host);
}

/** The ways of a client with the registry of an image. */
export function registryAccess(
  headers: Headers,
  name: string,
  tlsVerify: string | null = null,
): RegistryAccess {
  const credentials = readCredentials(headers);
  return {
    tlsVerify: !isLocal(name) && !/^(false|0|f)$/i.test(tlsVerify ?? ''),
    authFile: null,
    ...(credentials !== null && { credentials }),
  };
}
