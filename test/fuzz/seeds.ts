import { type EnumName, enums, isEnumName } from '../../src/contract/enums.ts';
import { encodePlan } from '../../src/plan/encode.ts';
import { type PlanRecord, planRecords } from '../../src/plan/ops.ts';
import type { FieldType } from '../../src/plan/record-shape.ts';
import { sparseEntry, sparseForms } from '../native/sparse-entries.ts';
import { pax, tar } from '../native/tar.ts';

const samples: Record<Exclude<FieldType, EnumName>, unknown> = {
  bool: true,
  u32: 1,
  i32: -1,
  u64: 1n,
  text: 'text',
  hostPath: '/host/path',
  rootPath: '/root/path',
  bytes: new Uint8Array([1, 2, 3]),
  texts: ['a', 'bc'],
  hostPaths: ['/x', '/y'],
  u32s: [0, 1000, 1],
};

/** A plan of one record of every kind, in the order of their codes. */
function fullPlan(): PlanRecord[] {
  return Object.entries(planRecords)
    .sort(([, a], [, b]) => a.code - b.code)
    .filter(([op]) => op !== 'joinProcess' && op !== 'exec')
    .concat([['exec', planRecords.exec]])
    .map(([op, { fields }]) => {
      const values = Object.entries<FieldType>(fields).map(([name, type]) => [
        name,
        isEnumName(type) ? enums[type][1] : samples[type],
      ]);
      return { op, ...Object.fromEntries(values) } as PlanRecord;
    });
}

/** More pieces than the first block of any form has room for. */
const sparseFile = {
  pieces: Array.from({ length: 30 }, (_, index): [number, number] => [index * 2048, 512]),
  size: 1 << 16,
};

/** A message of the domain name system with one question (RFC 1035, 4.1). */
function dnsMessage(part: {
  name: string[];
  type: number;
  flags?: number;
  edns?: boolean;
}): Buffer {
  const head = [0x1200, part.flags ?? 0x100, 1, 0, 0, part.edns === true ? 1 : 0];
  const words = Buffer.alloc(12);
  head.forEach((word, index) => {
    words.writeUInt16BE(word, index * 2);
  });
  const labels = part.name.flatMap((label) => [label.length, ...Buffer.from(label)]);
  const question = [...labels, 0, 0, part.type, 0, 1];
  const options = part.edns === true ? [0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0] : [];
  return Buffer.concat([words, Buffer.from([...question, ...options])]);
}

/** The header of TCP of a packet that asks for a connection. */
const opening = '8000005000000001000000005002ffff00000000';

/** First inputs of each fuzzer: honest ones, from which it finds its way. */
export const seeds: Record<string, readonly Uint8Array[]> = {
  plan_fuzzer: [encodePlan(fullPlan())],
  passwd_fuzzer: [
    'root\0root:x:0:0:root:/root:/bin/sh\nwww:x:33:33::/var/www:\0www:x:33:root\nroot:x:0:\n',
    '1000:users\0u:x:1000:100::/home/u:/bin/sh\n\0users:x:100:u\n',
    '4294967296\0\0',
  ].map((text) => Buffer.from(text)),
  tar_fuzzer: [
    tar({ path: 'd/', type: '5', mode: 0o755 }, { path: 'd/f', content: 'hello' }),
    tar({ path: 'f', content: 'x' }, { path: 'h', type: '1', link: 'f' }),
    tar({ path: 'l', type: '2', link: '../../etc' }, { path: 'l/f', content: 'x' }),
    tar({ path: 'd/.wh..wh..opq' }, { path: '.wh.gone' }, { path: 'null', type: '3' }),
    tar(pax({ path: 'long/name', 'SCHILY.xattr.user.a': 'b', size: '3' }), {
      path: 'short',
      content: 'abc',
    }),
    ...sparseForms.map((form) => tar(...sparseEntry('f', sparseFile, form))),
    tar({ path: '././@LongLink', type: 'L', content: `${'n'.repeat(200)}\0` }, { path: 'cut' }),
  ],
  dns_fuzzer: [
    dnsMessage({ name: ['web', 'dns', 'podman'], type: 1 }),
    dnsMessage({ name: ['2', '0', '89', '10', 'in-addr', 'arpa'], type: 12, edns: true }),
    dnsMessage({ name: ['x'.repeat(63)], type: 28, flags: 0x8180, edns: true }),
    Buffer.from('gateway 10.89.0.1\nsubnet 10.89.0.0/24\nserver fd00::1\ndomain dns.podman\n'),
    Buffer.from('10.89.0.2 fd00::2\nweb\nserver 192.0.2.1\nnameserver fe80::1%lo\n'),
  ],
  gate_fuzzer: [
    Buffer.from(`4500002800004000400600000a5900020a4d0002${opening}`, 'hex'),
    Buffer.from(
      `6000000000140640${'fd89'.padEnd(32, '1')}${'fd77'.padEnd(32, '2')}${opening}`,
      'hex',
    ),
  ],
  api_fuzzer: [
    'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n',
    'POST /v1.41/x HTTP/1.0\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n',
    '\r\nPOST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'keep 3 2\nabcde',
    'close 1\na',
    'stream attach --framed 2 1\nabc',
    'stream again --after 20 0 0\nstate',
    '5\r\nhello\r\nA;x="y"\r\n0123456789\r\n0\r\nT: r\r\n\r\nnext',
  ].map((text) => Buffer.from(text)),
};
