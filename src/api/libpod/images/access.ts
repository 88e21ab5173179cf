import { parseDuration } from '../../../base/duration.ts';
import { formatPlatform, hostPlatform } from '../../../image/platform.ts';
import type { PullProgress } from '../../../image/progress.ts';
import type { RegistryAccess } from '../../../registry/access.ts';
import { Field } from '../../body/field.ts';
import { readCredentialsFor } from '../../body/registry-auth.ts';
import type { Headers } from '../../http/head.ts';
import { number, text } from '../../route/query.ts';

/** The parameters of every request that goes to a registry. */
export const accessQuery = {
  tlsVerify: text('false: certificates need not be right, and none at all'),
  retry: number('so many further tries', 0),
  retryDelay: text('time before each: 1s'),
};

interface AccessQuery {
  tlsVerify: string | null;
  retry: number | null;
  retryDelay: string | null;
}

const longestDelay = 60_000;

function readRetryPolicy({ retry, retryDelay }: AccessQuery): Pick<RegistryAccess, 'retryPolicy'> {
  if (retry === null && !retryDelay) return {};
  const delay = retryDelay ? new Field(retryDelay, 'retryDelay').read(parseDuration) : 1000;
  const attempts = (retry ?? 3) + 1;
  const maxDelay = Math.max(delay, longestDelay);
  return {
    retryPolicy: {
      attempts,
      patient: true,
      baseDelay: delay,
      maxDelay,
      steady: Boolean(retryDelay),
    },
  };
}

/** How a registry is spoken to for an image of that name. */
export function readAccess(
  { headers, query }: { headers: Headers; query: AccessQuery },
  name: string,
): RegistryAccess {
  const credentials = readCredentialsFor(headers, name);
  const verify = query.tlsVerify;
  return {
    tlsVerify: !/^(false|0|f)$/i.test(verify ?? ''),
    tlsDemanded: /^(true|1|t)$/i.test(verify ?? ''),
    authFile: null,
    ...(credentials !== null && { credentials }),
    ...readRetryPolicy(query),
  };
}

/** The platform of an image; null: the machine's own. */
export function readPlatform(query: {
  OS: string | null;
  Arch: string | null;
  Variant: string | null;
}): string | null {
  const { OS: os, Arch: architecture, Variant: variant } = query;
  if (!os && !architecture && !variant) return null;
  const own = hostPlatform(process.arch);
  return formatPlatform({
    os: os || own.os,
    architecture: architecture || own.architecture,
    variant: variant || null,
  });
}

/** Tells of a transfer in the lines that podman writes, each once. */
export function transferLines(write: (line: string) => void): (event: PullProgress) => void {
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (told.has(line)) return;
    told.add(line);
    write(`${line}\n`);
  };
  return (event) => {
    if (event.kind === 'trying') {
      tell(`Trying to pull ${event.name}...`);
      return;
    }
    if (event.kind === 'extended') return;
    tell('Getting image source signatures');
    if (event.kind === 'config') tell(`Copying config ${event.digest}`);
    else if (event.kind === 'manifest') tell('Writing manifest to image destination');
    else tell(`Copying blob ${event.digest}`);
  };
}
