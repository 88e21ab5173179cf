import { BryoError } from '../base/errors.ts';
import type { Descriptor, ManifestIndex, Platform } from './manifest.ts';

/** Node's names of processors in those of Go, which images use. */
const architectures: Readonly<Record<string, Omit<Platform, 'os'>>> = {
  x64: { architecture: 'amd64', variant: null },
  arm64: { architecture: 'arm64', variant: 'v8' },
  arm: { architecture: 'arm', variant: 'v7' },
  ia32: { architecture: '386', variant: null },
  ppc64: { architecture: 'ppc64le', variant: null },
  riscv64: { architecture: 'riscv64', variant: null },
  s390x: { architecture: 's390x', variant: null },
  loong64: { architecture: 'loong64', variant: null },
};

const aliases: Readonly<Record<string, Omit<Platform, 'os'>>> = {
  x86_64: { architecture: 'amd64', variant: null },
  'x86-64': { architecture: 'amd64', variant: null },
  aarch64: { architecture: 'arm64', variant: null },
  i386: { architecture: '386', variant: null },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

/** The platform that runs on this machine without emulation. `arch` as in process.arch. */
export function hostPlatform(arch: string): Platform {
  const known = architectures[arch] ?? { architecture: arch, variant: null };
  return { os: 'linux', ...known };
}

/** Systems that may stand alone, by their names in Go. */
const knownSystems = new Set([
  'linux',
  'windows',
  'freebsd',
  'darwin',
  'openbsd',
  'netbsd',
  'wasip1',
]);
const knownProcessors = new Set([
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mipsle', 'mips64', 'mips64le', 'ppc64'],
  ...['ppc64le', 'riscv64', 's390x', 'wasm'],
]);

/** A word alone: a system for this machine's processor, or a processor under Linux. */
function parseWord(word: string): Platform | null {
  if (knownSystems.has(word)) return { ...hostPlatform(process.arch), os: word };
  const { architecture, variant } = aliases[word] ?? { architecture: word, variant: null };
  return knownProcessors.has(architecture) ? { os: 'linux', architecture, variant } : null;
}

/**
 * Parses `os/arch[/variant]`, `arch` alone being Linux's and `os` alone this machine's. Errors: `bad-platform`.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) {
    throw new BryoError('bad-platform', `invalid platform ${JSON.stringify(text)}`, {
      hint: 'platforms look like linux/amd64 or linux/arm/v7',
    });
  }
  const [os = '', name = '', variant] = parts;
  if (parts.length === 1) {
    const known = parseWord(os);
    if (known !== null) return known;
    const why = `invalid platform ${JSON.stringify(text)}: unknown operating system or architecture`;
    throw new BryoError('bad-platform', why, {
      hint: 'platforms look like linux/amd64 or linux/arm/v7',
    });
  }
  const alias = aliases[name] ?? { architecture: name, variant: null };
  return { os, architecture: alias.architecture, variant: variant ?? alias.variant };
}

/** `linux/arm64/v8`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

/** Variants that do for the wanted one, best first; null stands for an entry without variant. */
function acceptableVariants({ architecture, variant }: Platform): (string | null)[] {
  if (architecture === 'arm64')
    return variant === null || variant === 'v8' ? ['v8', null] : [variant];
  const level = /^v(\d+)$/.exec(variant ?? '')?.[1];
  if (architecture === 'arm') {
    const newest = Number(level ?? 7);
    const older = [newest, 7, 6, 5].filter(
      (one, index) => one <= newest && (index === 0 || one < newest),
    );
    return [...older.map((one) => `v${one}`), null];
  }
  return variant === null ? [null, 'v1'] : [variant, null];
}

/** Whether an image of platform `actual` runs where `wanted` is asked for. */
export function platformMatches(actual: Platform, wanted: Platform): boolean {
  return (
    actual.os === wanted.os &&
    actual.architecture === wanted.architecture &&
    acceptableVariants(wanted).includes(actual.variant)
  );
}

/** The entry of an index for a platform. Errors: `no-matching-platform` naming what there is. */
export function selectManifest(index: ManifestIndex, wanted: Platform, what: string): Descriptor {
  for (const variant of acceptableVariants(wanted)) {
    const found = index.manifests.find(
      ({ platform }) =>
        platform?.os === wanted.os &&
        platform.architecture === wanted.architecture &&
        platform.variant === variant,
    );
    if (found !== undefined) return found;
  }
  const [only, ...others] = index.manifests;
  if (only !== undefined && others.length === 0 && only.platform === null) return only;
  const offered = index.manifests
    .flatMap(({ platform }) => (platform === null || platform.os === 'unknown' ? [] : [platform]))
    .slice(0, 20)
    .map(formatPlatform);
  throw new BryoError(
    'no-matching-platform',
    `${what} has no image for ${formatPlatform(wanted)}, only for ${offered.join(', ') || 'none'}`,
  );
}
