import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { BryoError, errnoCode } from '../base/errors.ts';

export interface TrustOptions {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** `--cert-dir`: in the place of every certs.d directory. */
  certDir?: string | null;
}

/** A certificate of the caller's with its key, both PEM. */
export interface ClientCertificate {
  cert: string;
  key: string;
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

/** Directories that hold certificates for one `host[:port]`. */
function placesFor(authority: string, { env, home, certDir }: TrustOptions): string[] {
  if (certDir) return [certDir];
  const configHome = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const places = [join(configHome, 'containers'), '/etc/containers', '/etc/docker'];
  return places.map((place) => join(place, 'certs.d', authority));
}

function namesIn(directory: string, required: boolean): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (cause) {
    const code = errnoCode(cause);
    const absent = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES';
    if (absent && !required) return [];
    throw new BryoError('bad-certificates', `cannot read certificates in ${directory}: ${code}`, {
      cause,
    });
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BryoError('bad-certificates', `cannot read ${path}: ${errnoCode(cause)}`, { cause });
  }
}

/**
 * Certificate authorities (PEM) for one `host[:port]`: the system's, then certs.d/HOST/*.crt of
 * the user and of the machine (containers-certs.d(5)). `SSL_CERT_FILE` replaces the system's.
 */
export function loadAuthorities(authority: string, options: TrustOptions): string[] {
  const required = Boolean(options.certDir);
  return [
    ...systemAuthorities(options),
    ...placesFor(authority, options).flatMap((place) =>
      namesIn(place, required)
        .filter((name) => name.endsWith('.crt'))
        .map((name) => readFile(join(place, name))),
    ),
  ];
}

/**
 * The certificate that the caller shows to `host[:port]`: the first X.cert with its X.key, or null.
 * Errors: `bad-certificates` when one of a pair is missing.
 */
export function loadClientCertificate(
  authority: string,
  options: TrustOptions,
): ClientCertificate | null {
  for (const place of placesFor(authority, options)) {
    const names = namesIn(place, Boolean(options.certDir));
    for (const name of names) {
      const [, stem, kind] = /^(.*)\.(cert|key)$/.exec(name) ?? [];
      if (stem === undefined) continue;
      const other = `${stem}.${kind === 'cert' ? 'key' : 'cert'}`;
      if (names.includes(other)) continue;
      throw new BryoError('bad-certificates', `${join(place, name)} has no ${other} beside it`);
    }
    const [first] = names.filter((name) => name.endsWith('.cert'));
    if (first === undefined) continue;
    const path = join(place, first);
    return { cert: readFile(path), key: readFile(path.replace(/\.cert$/, '.key')) };
  }
  return null;
}
