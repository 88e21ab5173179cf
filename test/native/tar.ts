/** Builds archives as an attacker would: every field is under control. */
export interface TarEntry {
  path: string;
  /** Type flag; a file unless given. */
  type?: string;
  content?: string | Uint8Array;
  link?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  /** Device numbers. */
  device?: [number, number];
  /** Size that the header claims instead of the content's. */
  claimedSize?: number;
  badChecksum?: boolean;
  /** Changes the header before its checksum is made. */
  patch?: (header: Buffer) => void;
}

const block = 512;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

export function tarEntry(entry: TarEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = Buffer.alloc(block);
  header.write(entry.path, 0, 100);
  header.write(octal(entry.mode ?? 0o644, 8), 100);
  header.write(octal(entry.uid ?? 0, 8), 108);
  header.write(octal(entry.gid ?? 0, 8), 116);
  header.write(octal(entry.claimedSize ?? content.length, 12), 124);
  header.write(octal(entry.mtime ?? 0, 12), 136);
  header.write('        ', 148);
  header.write(entry.type ?? '0', 156);
  header.write(entry.link ?? '', 157, 100);
  header.write('ustar\x0000', 257);
  for (const [index, number] of (entry.device ?? []).entries()) {
    header.write(octal(number, 8), 329 + 8 * index);
  }
  entry.patch?.(header);
  const sum = header.reduce((total, byte) => total + byte, 0) + (entry.badChecksum ? 1 : 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((block - (content.length % block)) % block)]);
}

export function tar(...entries: TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * block)]);
}

type Records<T> = Record<string, T> | readonly (readonly [string, T])[];

/** A PAX extended header for the entry that follows; pairs may have a key more than once. */
export function pax(records: Records<string | Uint8Array>, type = 'x'): TarEntry {
  const pairs = Array.isArray(records) ? records : Object.entries(records);
  const parts = pairs.map(([key, value]) => {
    const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
    let length = rest.length;
    while (String(length).length + rest.length !== length)
      length = String(length).length + rest.length;
    return Buffer.concat([Buffer.from(String(length)), rest]);
  });
  return { path: 'pax', type, content: Buffer.concat(parts) };
}
