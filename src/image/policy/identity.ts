import { formatReference, formatRepository, parseReference, type Reference } from '../reference.ts';
import type { SignedIdentity } from './policy.ts';

/** A name as a signature or a policy says it; `full` is null when it has neither tag nor digest. */
interface Claim {
  repository: string;
  full: string | null;
}

function parseClaim(text: string): Claim | null {
  if (text.startsWith('docker://')) return null;
  try {
    const reference = parseReference(text);
    const bare = !/[:@]/.test(text.slice(text.lastIndexOf('/') + 1));
    const repository = formatRepository(reference);
    return { repository, full: bare ? null : formatReference(reference) };
  } catch {
    return null;
  }
}

function isExact(claim: Claim, full: string): boolean {
  return claim.full === full;
}

/** `host[:port]`, a namespace or a repository stands for all that is in it. */
function replacePrefix(name: string, prefix: string, replacement: string): string {
  if (!name.startsWith(prefix)) return name;
  const rest = name.slice(prefix.length);
  return rest === '' || rest.startsWith('/') ? `${replacement}${rest}` : name;
}

/** The repository, with the tag; an image of a digest may be signed under any tag. */
function isRepoDigestOrExact(claim: Claim, repository: string, image: Reference): boolean {
  if (image.digest !== null) return claim.repository === repository;
  return isExact(claim, `${repository}:${image.tag ?? 'latest'}`);
}

/**
 * Whether what a signature claims fits what is asked for. `image` is the name under which the image
 * was asked for; null: its transport gives it none.
 */
export function identityFits(
  wanted: SignedIdentity,
  claimed: string,
  image: Reference | null,
): boolean {
  const claim = parseClaim(claimed);
  if (claim === null) return false;
  switch (wanted.type) {
    case 'exactReference': {
      const own = parseClaim(wanted.reference);
      return own !== null && own.full !== null && isExact(claim, own.full);
    }
    case 'exactRepository':
      return claim.repository === parseClaim(wanted.repository)?.repository;
    default:
  }
  if (image === null) return false;
  const repository = formatRepository(image);
  switch (wanted.type) {
    case 'matchExact':
      return isExact(claim, formatReference(image));
    case 'matchRepository':
      return claim.repository === repository;
    case 'matchRepoDigestOrExact':
      return isRepoDigestOrExact(claim, repository, image);
    case 'remapIdentity': {
      const { prefix, signedPrefix } = wanted;
      const mapped = parseClaim(replacePrefix(repository, prefix, signedPrefix))?.repository;
      return mapped !== undefined && isRepoDigestOrExact(claim, mapped, image);
    }
  }
}
