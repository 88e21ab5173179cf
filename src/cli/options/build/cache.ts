import { parseDuration } from '../../../base/duration.ts';
import { BryoError } from '../../../base/errors.ts';
import type { BuildCacheRequest } from '../../../request/build.ts';
import { readCacheSource, readCacheTarget } from '../../../request/build-words.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `build` about the cache and what is done at a time. */
export const buildCacheOptions: readonly OptionSpec[] = [
  { name: 'no-cache', help: 'take nothing from earlier builds' },
  {
    name: 'no-cache-filter',
    value: 'STAGE',
    repeat: true,
    help: 'take nothing from earlier builds for these stages, by name',
  },
  {
    name: 'cache-from',
    value: 'CACHE',
    repeat: true,
    help: 'take results from a repository of a registry, or type=registry,ref=REPOSITORY:TAG, type=local,src=DIR',
  },
  {
    name: 'cache-to',
    value: 'CACHE',
    repeat: true,
    help: 'give results to a repository of a registry, or type=registry,ref=REPOSITORY:TAG, type=local,dest=DIR; with mode=max those of all stages, as for a mere repository, with mode=min (default) those that the image consists of',
  },
  { name: 'cache-ttl', value: 'DURATION', help: 'take nothing that is older than this' },
  {
    name: 'jobs',
    value: 'NUMBER',
    help: 'stages and platforms at a time; otherwise, and for 0, two for each processor',
  },
  {
    name: 'keep-failed',
    help: 'keep the container of a RUN that failed, under a name that is told, to look inside',
  },
  {
    name: 'skip-unused-stages',
    on: true,
    help: 'leave out the stages that the target does not need',
  },
];

function readJobs(text: string | null): number {
  if (text === null) return 0;
  const jobs = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  if (jobs >= 0) return jobs;
  throw new BryoError(
    'bad-flag-value',
    'building: invalid value for jobs.  It must be a positive integer',
    { hint: `--jobs was ${JSON.stringify(text)}` },
  );
}

/** Reads what may be taken from earlier builds, and how much is done at a time. */
export function readBuildCache({ text, texts, flag }: Invocation): BuildCacheRequest {
  const ttl = text('cache-ttl');
  const list = (name: string) => texts(name).flatMap((word) => word.split(',').filter(Boolean));
  return {
    noCache: flag('no-cache'),
    noCacheFilter: list('no-cache-filter'),
    cacheFrom: texts('cache-from').map(readCacheSource),
    cacheTo: texts('cache-to').map(readCacheTarget),
    ttl: ttl === null ? null : parseDuration(ttl) / 1000,
    jobs: readJobs(text('jobs')),
    keepFailed: flag('keep-failed'),
    skipUnusedStages: flag('skip-unused-stages'),
  };
}
