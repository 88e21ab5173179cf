import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { errnoCode } from '../base/errors.ts';

export interface TrustOptions {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

const systemBundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

function readOptional(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The system's authorities, as administrators maintain them; the runtime's own as a fallback. */
function systemAuthorities({ env }: TrustOptions): string[] {
  const named = env['SSL_CERT_FILE'];
  for (const path of named ? [named] : systemBundles) {
    const bundle = readOptional(path);
    if (bundle !== null) return [bundle];
  }
  return [...rootCertificates];
}

function readAuthorities(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith('.crt'))
    .map((name) => readFileSync(join(directory, name), 'utf8'));
}

/**
 * Certificate authorities (PEM) for one `host[:port]`: the system's, then certs.d/HOST/*.crt of
 * the user and of the machine (containers-certs.d(5)). `SSL_CERT_FILE` replaces the system's.
 */
export function loadAuthorities(authority: string, options: TrustOptions): string[] {
  const configHome = options.env['XDG_CONFIG_HOME'] || join(options.home, '.config');
  const places = [join(configHome, 'containers'), '/etc/containers', '/etc/docker'];
  return [
    ...systemAuthorities(options),
    ...places.flatMap((place) => readAuthorities(join(place, 'certs.d', authority))),
  ];
}
