import { BlockList, isIP, isIPv6 } from 'node:net';
import { BryoError } from '../base/errors.ts';
import { hostOf, isLoopback } from './hosts.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the two spellings that is set, as Go's programs read them. */
function variable(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || '';
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** `10.0.0.0/8`, `fd00::/8`. */
function inNetwork(host: string, text: string): boolean {
  const [network = '', bits = ''] = text.split('/');
  if (isIP(host) === 0 || isIP(network) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
  const list = new BlockList();
  try {
    list.addSubnet(network, Number(bits), family(network));
  } catch {
    return false;
  }
  return list.check(host, family(host));
}

/** `host`, `host:port`, `.domain`, `*.domain`, an address or a network. */
function exempts(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inNetwork(host, entry);
  const [, name = entry, wanted] = /^(.*?)(?::(\d+))?$/.exec(isIPv6(entry) ? '' : entry) ?? [];
  if (wanted !== undefined && wanted !== port) return false;
  const plain = (name || entry).replace(/^\[(.*)\]$/, '$1').replace(/^\*(?=\.)/, '');
  if (plain.startsWith('.')) return host.endsWith(plain);
  return host === plain || (isIP(plain) === 0 && host.endsWith(`.${plain}`));
}

/**
 * The proxy for an address by HTTP_PROXY, HTTPS_PROXY and NO_PROXY (also in lower case), or null:
 * none. The loopback is never reached through a proxy. Errors: `bad-proxy`, which never quotes the
 * value: it may hold a password.
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = variable(env, name);
  if (text === '') return null;
  const host = hostOf(url.host);
  if (isLoopback(host)) return null;
  const exempt = variable(env, 'NO_PROXY')
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (exempt.some((entry) => exempts(entry, host, portOf(url)))) return null;
  let proxy: URL;
  try {
    proxy = new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    throw new BryoError('bad-proxy', `${name} is no valid address`);
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new BryoError(
      'bad-proxy',
      `${name}: proxies of the kind ${proxy.protocol} are not used`,
      {
        hint: 'http://HOST:PORT and https://HOST:PORT are',
      },
    );
  }
  return proxy;
}

/** The headers that the proxy itself gets of the caller; nobody behind it gets to see them. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}
