/**
 * Messages of D-Bus, little-endian (D-Bus Specification 0.43, "Marshaling"): as much of them as
 * calls to systemd's manager need.
 */

/** A value with its type: D-Bus cannot tell it from the value alone. */
export type DBusValue =
  | { type: 's' | 'o' | 'g'; value: string }
  | { type: 'b'; value: boolean }
  | { type: 'y' | 'u'; value: number }
  | { type: 't'; value: bigint }
  | { type: 'v'; value: DBusValue }
  | { type: 'struct'; fields: DBusValue[] }
  /** `element` is the signature of one item: an array may be empty. */
  | { type: 'array'; element: string; items: DBusValue[] };

export interface MethodCall {
  destination: string;
  path: string;
  interface: string;
  member: string;
  body: DBusValue[];
}

/** A message that has come in; only texts, numbers and variants of them at its start are read. */
export interface IncomingMessage {
  kind: 'reply' | 'error' | 'signal' | 'other';
  /** Serial of the call that is answered; 0 otherwise. */
  replyTo: number;
  errorName: string;
  member: string;
  /** Arguments of the types s, o, g, u and v with one of these, up to the first of another type. */
  arguments: (string | number)[];
}

const messageTypes = { call: 1, reply: 2, error: 3, signal: 4 };
const fieldCodes = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
};
const signatureField = 8;
/** The specification's own limit, far above what a manager answers. */
const maxMessage = 128 * 1024 * 1024;

/** Signature of a value's type. */
export function signatureOf(value: DBusValue): string {
  switch (value.type) {
    case 'struct':
      return `(${value.fields.map(signatureOf).join('')})`;
    case 'array':
      return `a${value.element}`;
    default:
      return value.type;
  }
}

function alignmentOf(signature: string): number {
  if ('gvy'.includes(signature.charAt(0))) return 1;
  return 't({'.includes(signature.charAt(0)) ? 8 : 4;
}

class Writer {
  #chunks: Buffer[] = [];
  #size = 0;

  #push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  align(boundary: number): void {
    this.#push(Buffer.alloc((boundary - (this.#size % boundary)) % boundary));
  }

  byte(value: number): void {
    this.#push(Buffer.from([value]));
  }

  u32(value: number): void {
    this.align(4);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.#push(bytes);
  }

  #text(text: string): void {
    const bytes = Buffer.from(`${text}\0`);
    this.u32(bytes.length - 1);
    this.#push(bytes);
  }

  signature(text: string): void {
    this.byte(text.length);
    this.#push(Buffer.from(`${text}\0`));
  }

  /** An array's size is known only after its items; padding before the first does not count. */
  #array(element: string, items: readonly DBusValue[]): void {
    this.u32(0);
    const length = this.#chunks.at(-1);
    this.align(alignmentOf(element));
    const start = this.#size;
    for (const item of items) this.value(item);
    length?.writeUInt32LE(this.#size - start);
  }

  value(value: DBusValue): void {
    switch (value.type) {
      case 's':
      case 'o':
        this.#text(value.value);
        break;
      case 'g':
        this.signature(value.value);
        break;
      case 'b':
        this.u32(value.value ? 1 : 0);
        break;
      case 'y':
        this.byte(value.value);
        break;
      case 'u':
        this.u32(value.value);
        break;
      case 't': {
        this.align(8);
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(value.value);
        this.#push(bytes);
        break;
      }
      case 'v':
        this.signature(signatureOf(value.value));
        this.value(value.value);
        break;
      case 'struct':
        this.align(8);
        for (const field of value.fields) this.value(field);
        break;
      case 'array':
        this.#array(value.element, value.items);
        break;
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Bytes of a method call. */
export function encodeCall(serial: number, call: MethodCall): Buffer {
  const body = new Writer();
  for (const value of call.body) body.value(value);
  const bodyBytes = body.bytes();
  const fields: [number, DBusValue][] = [
    [fieldCodes.path, { type: 'o', value: call.path }],
    [fieldCodes.destination, { type: 's', value: call.destination }],
    [fieldCodes.interface, { type: 's', value: call.interface }],
    [fieldCodes.member, { type: 's', value: call.member }],
  ];
  if (call.body.length > 0) {
    fields.push([signatureField, { type: 'g', value: call.body.map(signatureOf).join('') }]);
  }
  const header = new Writer();
  for (const byte of [0x6c, messageTypes.call, 0, 1]) header.byte(byte);
  header.u32(bodyBytes.length);
  header.u32(serial);
  const list = new Writer();
  for (const [code, value] of fields) {
    list.align(8);
    list.byte(code);
    list.value({ type: 'v', value });
  }
  const listBytes = list.bytes();
  header.u32(listBytes.length);
  const head = Buffer.concat([header.bytes(), listBytes]);
  return Buffer.concat([head, Buffer.alloc((8 - (head.length % 8)) % 8), bodyBytes]);
}

class Reader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  align(boundary: number): void {
    this.at += (boundary - (this.at % boundary)) % boundary;
  }

  byte(): number {
    this.at += 1;
    return this.#bytes.readUInt8(this.at - 1);
  }

  u32(): number {
    this.align(4);
    this.at += 4;
    return this.#bytes.readUInt32LE(this.at - 4);
  }

  #take(length: number): string {
    const text = this.#bytes.toString('utf8', this.at, this.at + length);
    this.at += length + 1;
    return text;
  }

  /** A value of a type that is known to be simple; null for any other. */
  simple(type: string): string | number | null {
    if (type === 's' || type === 'o') return this.#take(this.u32());
    if (type === 'g') return this.#take(this.byte());
    if (type === 'v') return this.simple(this.#take(this.byte()));
    return type === 'u' ? this.u32() : null;
  }
}

/** Size of the message that begins with these (at least 16) bytes. Throws RangeError. */
export function messageSize(start: Buffer): number {
  const head = 16 + start.readUInt32LE(12);
  const size = head + ((8 - (head % 8)) % 8) + start.readUInt32LE(4);
  if (start.readUInt8(0) !== 0x6c || size > maxMessage) throw new RangeError('not a D-Bus message');
  return size;
}

/** Reads a whole message. Throws RangeError when it is not one. */
export function decodeMessage(bytes: Buffer): IncomingMessage {
  const kinds = ['other', 'other', 'reply', 'error', 'signal'] as const;
  const message: IncomingMessage = {
    kind: kinds[bytes.readUInt8(1)] ?? 'other',
    replyTo: 0,
    errorName: '',
    member: '',
    arguments: [],
  };
  const fieldsEnd = 16 + bytes.readUInt32LE(12);
  const reader = new Reader(bytes, 16);
  let signature = '';
  while (reader.at < fieldsEnd) {
    reader.align(8);
    const code = reader.byte();
    const value = reader.simple(String(reader.simple('g')));
    if (code === fieldCodes.replySerial) message.replyTo = Number(value);
    else if (code === fieldCodes.errorName) message.errorName = String(value);
    else if (code === fieldCodes.member) message.member = String(value);
    else if (code === signatureField) signature = String(value);
  }
  const body = new Reader(bytes, fieldsEnd);
  body.align(8);
  for (const type of signature) {
    const value = body.simple(type);
    if (value === null) break;
    message.arguments.push(value);
  }
  return message;
}
