/**
 * BPF instructions put before a compiled profile: they refuse calls by an argument of which the
 * kernel reads only the low 32 bits. libseccomp compares all 64, so that a caller could set a high
 * bit and pass (CVE-2019-10063 is that mistake in another runtime).
 */

interface Guard {
  /** Argument whose low half is compared. */
  argument: number;
  values: readonly number[];
}

/** TIOCSTI and TIOCLINUX type into the caller's terminal (ioctl_tty(2), ioctl_console(2)). */
const terminalInput: Guard = { argument: 1, values: [0x5412, 0x541c] };
/** AF_ALG and AF_VSOCK lie outside the network namespace. */
const foreignFamilies: Guard = { argument: 0, values: [38, 40] };

interface Architecture {
  /** AUDIT_ARCH_* of <linux/audit.h>. */
  audit: number;
  ioctl: number;
  socket: number;
}

const architectures: Record<string, readonly Architecture[]> = {
  x64: [
    { audit: 0xc000_003e, ioctl: 16, socket: 41 },
    { audit: 0x4000_0003, ioctl: 54, socket: 359 },
  ],
  arm64: [
    { audit: 0xc000_00b7, ioctl: 29, socket: 198 },
    { audit: 0x4000_0028, ioctl: 54, socket: 281 },
  ],
};

// Offsets in struct seccomp_data (seccomp(2)); little-endian, so the low half comes first.
const nrOffset = 0;
const archOffset = 4;
const argsOffset = 16;

const loadWord = 0x20;
const jumpIfEqual = 0x15;
const returnValue = 0x06;
const returnEperm = 0x0005_0001;

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

function guardCode(nr: number, guard: Guard): Instruction[] {
  const checks = guard.values.flatMap((value): Instruction[] => [
    [jumpIfEqual, 0, 1, value],
    [returnValue, 0, 0, returnEperm],
  ]);
  return [
    [loadWord, 0, 0, nrOffset],
    [jumpIfEqual, 0, checks.length + 1, nr],
    [loadWord, 0, 0, argsOffset + 8 * guard.argument],
    ...checks,
  ];
}

function architectureCode(architecture: Architecture): Instruction[] {
  const body = [
    ...guardCode(architecture.ioctl, terminalInput),
    ...guardCode(architecture.socket, foreignFamilies),
  ];
  return [[loadWord, 0, 0, archOffset], [jumpIfEqual, 0, body.length, architecture.audit], ...body];
}

/** The instructions for this machine, in the form of an array of struct sock_filter. */
export function argumentGuard(): Uint8Array {
  const code = (architectures[process.arch] ?? []).flatMap(architectureCode);
  const bytes = new DataView(new ArrayBuffer(code.length * 8));
  code.forEach(([operation, jumpTrue, jumpFalse, k], index) => {
    bytes.setUint16(index * 8, operation, true);
    bytes.setUint8(index * 8 + 2, jumpTrue);
    bytes.setUint8(index * 8 + 3, jumpFalse);
    bytes.setUint32(index * 8 + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
