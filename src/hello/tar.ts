/** An entry of the embedded image's layer. */
export type TarItem =
  | { kind: 'directory'; path: string; mode: number }
  | { kind: 'file'; path: string; mode: number; content: Uint8Array }
  | { kind: 'link'; path: string; target: string };

const block = 512;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function header(item: TarItem): Buffer {
  const bytes = Buffer.alloc(block);
  const size = item.kind === 'file' ? item.content.length : 0;
  const mode = item.kind === 'link' ? 0o777 : item.mode;
  bytes.write(item.kind === 'directory' ? `${item.path}/` : item.path, 0, 100);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write('        ', 148);
  bytes.write({ file: '0', link: '2', directory: '5' }[item.kind], 156);
  if (item.kind === 'link') bytes.write(item.target, 157, 100);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** A ustar archive in which nothing depends on the time or the machine (tar(5)). */
export function writeTar(items: readonly TarItem[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const item of items) {
    parts.push(header(item));
    if (item.kind !== 'file') continue;
    parts.push(item.content, Buffer.alloc((block - (item.content.length % block)) % block));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}
