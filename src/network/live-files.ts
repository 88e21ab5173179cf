/** The lines of a file without their ends; each has one. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** An /etc/hosts with a line for an address that a container has got; as it is where there is one. */
export function withHostAddress(text: string, address: string, names: readonly string[]): string {
  const lines = linesOf(text);
  if (lines.some((line) => line.split(/\s+/)[0] === address)) return text;
  return textOf([...lines, `${address}\t${names.join(' ')}`]);
}

/** An /etc/hosts without the lines that say a container's own names of addresses that it has no more. */
export function withoutHostAddresses(
  text: string,
  addresses: readonly string[],
  names: readonly string[],
): string {
  return textOf(
    linesOf(text).filter((line) => {
      const [address = '', ...told] = line.split(/\s+/);
      return !addresses.includes(address) || !told.some((name) => names.includes(name));
    }),
  );
}

function serverOf(line: string): string | null {
  return /^nameserver\s+(\S+)/.exec(line)?.[1] ?? null;
}

/** A resolv.conf(5) that asks further servers, after those that it has. */
export function withServers(text: string, servers: readonly string[]): string {
  const lines = linesOf(text);
  const known = lines.map(serverOf);
  const news = servers.filter((server) => !known.includes(server));
  return textOf([...lines, ...news.map((server) => `nameserver ${server}`)]);
}

/** A resolv.conf(5) that does not ask some servers any more. */
export function withoutServers(text: string, servers: readonly string[]): string {
  return textOf(linesOf(text).filter((line) => !servers.includes(serverOf(line) ?? '')));
}
