const newline = Buffer.from('\n');

/**
 * Fields as the journal's native protocol has them (https://systemd.io/JOURNAL_NATIVE_PROTOCOL), in
 * the form that takes any value: name, length, bytes.
 */
export function journalFields(fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    const bytes = Buffer.from(value);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(bytes.length));
    return [Buffer.from(`${name}\n`), size, bytes, newline];
  });
  return Buffer.concat(parts);
}
