/** The name that docker has for Docker Hub in its configuration and to its helpers. */
const dockerHubServer = 'https://index.docker.io/v1/';

const dockerHubHosts: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
]);

/**
 * The registry of a key of `auths` or `credHelpers`: `host[:port][/namespace]`, as in references. docker and
 * podman write the same registry in many ways; where there is a scheme no namespace follows, for docker
 * knows none.
 */
export function normalizeKey(key: string): string {
  const address = key.replace(/^https?:\/\//i, '');
  const [host = '', ...rest] = address.replace(/\/v[12]\/?$/, '').split('/');
  const name = host.toLowerCase();
  const registry = dockerHubHosts.has(name) ? 'docker.io' : name;
  const namespace = address === key ? rest.filter((part) => part !== '') : [];
  return [registry, ...namespace].join('/');
}

/** Keys of a file's map that stand for the same, the one that is spelled so first. */
export function formsOf(map: Readonly<Record<string, unknown>> | undefined, key: string): string[] {
  const forms = Object.keys(map ?? {}).filter((written) => normalizeKey(written) === key);
  return forms.sort((one, other) => Number(other === key) - Number(one === key));
}

/**
 * Names under which helpers keep a login: first docker's, under which one's own are kept, then those that
 * the file writes, for podman asks its helpers by these.
 */
export function helperServers(key: string, written: readonly string[]): string[] {
  const own = key === 'docker.io' ? dockerHubServer : key;
  return [...new Set([own, key, ...written])];
}

/** The key for a new login in a file: docker finds Docker Hub's in its own file by one name only. */
export function keyToWrite(path: string, key: string, written: readonly string[]): string {
  const [known] = written;
  if (known !== undefined) return known;
  return key === 'docker.io' && path.endsWith('/config.json') ? dockerHubServer : key;
}
