import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** The interface of the IPv4 route that leads everywhere (proc_pid_net(5), route); null: there is none. */
function defaultInterface(): string | null {
  try {
    const [, ...routes] = readFileSync('/proc/self/net/route', 'utf8').trim().split('\n');
    const words = routes.map((line) => line.split('\t'));
    const found = words.find(([, destination, , , , , , mask]) =>
      [destination, mask].every((word) => word === '00000000'),
    );
    return found?.[0] ?? null;
  } catch {
    return null;
  }
}

/**
 * The IPv4 address by which others reach this machine: that of the interface with the default route,
 * else of the first one that is not the loopback. `except`: none of these. Null: it has no such address.
 */
export function hostAddress(except: readonly string[] = []): string | null {
  const interfaces = networkInterfaces();
  const own = interfaces[defaultInterface() ?? ''] ?? [];
  const all = [...own, ...Object.values(interfaces).flatMap((addresses) => addresses ?? [])];
  const fits = all.filter(({ family, internal }) => family === 'IPv4' && !internal);
  return fits.find(({ address }) => !except.includes(address))?.address ?? null;
}
