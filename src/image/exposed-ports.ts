import { Refusal } from '../containerfile/errors.ts';

/** `80`, `80/udp`, `8000-8010`: each of the ports with its protocol. Throws Refusal. */
export function exposedPorts(word: string): string[] {
  const [, from, to, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (from === undefined || first < 1 || last > 65_535 || last < first) {
    throw new Refusal(`${JSON.stringify(word)} is no port: PORT[-PORT][/tcp|udp|sctp] is needed`);
  }
  const count = last - first + 1;
  return Array.from({ length: count }, (_, at) => `${first + at}/${protocol.toLowerCase()}`);
}
