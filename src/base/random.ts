/** Random bytes. node:crypto has them, too, but takes milliseconds to load. */
export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** So many random bytes in hexadecimal digits. */
export function randomHex(count: number): string {
  return Buffer.from(randomBytes(count)).toString('hex');
}
