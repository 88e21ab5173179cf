import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './bryo.ts';

/** Binds a datagram socket and writes what arrives to a file, each with its length. */
const receiver = `
  my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
  chmod 0666, $ARGV[0];
  open(my $o, ">", $ARGV[1]) or die $!;
  $o->autoflush(1);
  while (defined $s->recv(my $b, 65536)) { print $o pack("Q<", length $b), $b }
`;

/** The fields of one datagram (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). */
function parseEntry(bytes: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const line = bytes.toString('latin1', at, end);
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(line) ?? [];
    if (name !== '') {
      fields[name] = value;
      at = end + 1;
      continue;
    }
    const size = Number(bytes.readBigUInt64LE(end + 1));
    fields[line] = bytes.toString('utf8', end + 9, end + 9 + size);
    at = end + 9 + size + 1;
  }
  return fields;
}

/** Something that takes entries where there is no journal. Needs root, as mounting does. */
export class FakeJournal {
  readonly #directory = mkdtempSync('/var/tmp/bryo-journal-');
  readonly #child: ChildProcess;

  constructor() {
    chmodSync(this.#directory, 0o755);
    mkdirSync(join(this.#directory, 'journal'), { mode: 0o755 });
    const args = [
      '-MIO::Socket::UNIX',
      '-e',
      receiver,
      this.socket,
      join(this.#directory, 'entries'),
    ];
    this.#child = spawn('perl', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  get socket(): string {
    return join(this.#directory, 'journal', 'socket');
  }

  async ready(): Promise<void> {
    await eventually('there is a socket', () => existsSync(this.socket));
  }

  /** All that has come, as text. */
  text(): string {
    return readFileSync(join(this.#directory, 'entries'), 'utf8');
  }

  /** argv that runs a command where the journal's place is taken by this one. */
  argv(command: readonly string[]): string[] {
    const mount = 'mkdir -p /run/systemd; mount --bind "$0" /run/systemd; exec "$@"';
    return ['unshare', '-m', 'sh', '-c', mount, this.#directory, ...command];
  }

  entries(): Record<string, string>[] {
    const bytes = readFileSync(join(this.#directory, 'entries'));
    const found: Record<string, string>[] = [];
    for (let at = 0; at + 8 <= bytes.length; ) {
      const size = Number(bytes.readBigUInt64LE(at));
      found.push(parseEntry(bytes.subarray(at + 8, at + 8 + size)));
      at += 8 + size;
    }
    return found;
  }

  close(): void {
    this.#child.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
