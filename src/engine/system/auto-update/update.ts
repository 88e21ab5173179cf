import { findImage } from '../../../image/resolve.ts';
import type { Engine } from '../../engine.ts';
import { recordSystemEvent } from '../../events.ts';
import { pull, remoteId } from '../../images/pull.ts';
import type { PullRequest } from '../../images/pull-request.ts';
import { tagImage } from '../../images/tag.ts';
import { type Candidate, findCandidates } from './candidates.ts';
import type { UpdatePolicy } from './policy.ts';

export interface UpdateOptions {
  dryRun: boolean;
  /** Go back to the old image when the unit does not come up with the new one. */
  rollback: boolean;
  /** Where credentials are, but for containers whose labels name another file. */
  authFile: string | null;
  tlsVerify: boolean;
  /** Hears of the images that are fetched. */
  onProgress: PullRequest['onProgress'];
}

/** The result for one container. */
export interface UpdateReport {
  unit: string;
  containerId: string;
  containerName: string;
  image: string;
  policy: UpdatePolicy;
  updated: 'true' | 'false' | 'failed' | 'pending' | 'rolled back';
}

export interface UpdateOutcome {
  reports: UpdateReport[];
  problems: string[];
}

/** The parts of a service manager that restarting units needs. */
export interface UnitRestarter {
  /** Resolves with whether the unit came up. */
  restart(unit: string): Promise<boolean>;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The id of a newer image, which is in the store unless it is a dry run; null: there is none. */
async function newerImage(
  engine: Engine,
  { imageName, imageId, policy, ...candidate }: Candidate,
  options: UpdateOptions,
): Promise<string | null> {
  const { tlsVerify, onProgress } = options;
  const authFile = candidate.authFile ?? options.authFile;
  const request = { name: imageName, platform: null, authFile, tlsVerify };
  const id =
    policy === 'local'
      ? (findImage(engine.store, imageName)?.id ?? imageId)
      : await remoteId(engine, request);
  if (id === imageId) return null;
  if (policy === 'registry' && !options.dryRun) {
    return (await pull(engine, { ...request, onProgress })).id;
  }
  return id;
}

/** Gives names back to the images that had them. */
function restoreNames(engine: Engine, members: readonly Candidate[]): void {
  for (const { imageName, imageId } of members) tagImage(engine, imageId, [imageName]);
}

async function restartWithNew(
  engine: Engine,
  restarter: UnitRestarter,
  circumstances: { unit: string; changed: readonly Candidate[]; rollback: boolean },
): Promise<{ updated: UpdateReport['updated']; problem: string | null }> {
  const { unit, changed, rollback } = circumstances;
  if (await restarter.restart(unit)) return { updated: 'true', problem: null };
  if (!rollback)
    return { updated: 'failed', problem: `${unit} does not come up with the new image` };
  restoreNames(engine, changed);
  // As with podman this is no failure of the command: the table says it.
  if (await restarter.restart(unit)) return { updated: 'rolled back', problem: null };
  return {
    updated: 'failed',
    problem: `${unit} comes up neither with the new image nor with the old`,
  };
}

async function updateUnit(
  engine: Engine,
  members: readonly Candidate[],
  options: UpdateOptions & { restarter: UnitRestarter },
): Promise<UpdateOutcome> {
  const unit = members[0]?.unit ?? '';
  const problems: string[] = [];
  const newer = new Map<Candidate, UpdateReport['updated']>();
  for (const member of members) {
    try {
      const id = await newerImage(engine, member, options);
      newer.set(member, id === null ? 'false' : 'pending');
    } catch (error) {
      newer.set(member, 'failed');
      problems.push(
        `checking image updates for container ${member.record.id}: ${messageOf(error)}`,
      );
    }
  }
  const changed = members.filter((member) => newer.get(member) === 'pending');
  if (changed.length > 0 && !options.dryRun) {
    const { rollback, restarter } = options;
    const done = await restartWithNew(engine, restarter, { unit, changed, rollback });
    for (const member of changed) newer.set(member, done.updated);
    if (done.problem !== null) problems.push(done.problem);
  }
  const reports = members.map(
    (member): UpdateReport => ({
      unit,
      containerId: member.record.id,
      containerName: member.record.name,
      image: member.imageName,
      policy: member.policy,
      updated: newer.get(member) ?? 'false',
    }),
  );
  return { reports, problems };
}

function groupByUnit(candidates: readonly Candidate[], problems: string[]): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { unit, record } = candidate;
    if (unit === null) {
      problems.push(
        `container ${record.name} is run by no unit of systemd: it cannot be restarted`,
      );
      continue;
    }
    groups.set(unit, [...(groups.get(unit) ?? []), candidate]);
  }
  return [...groups.values()];
}

/**
 * Looks for newer images of running containers, and restarts the units of those that have one. What
 * goes wrong with one unit does not keep the others from it.
 */
export async function autoUpdate(
  engine: Engine,
  options: UpdateOptions & { restarter: UnitRestarter },
): Promise<UpdateOutcome> {
  const { candidates, problems } = findCandidates(engine);
  if (candidates.length > 0) recordSystemEvent(engine, 'auto-update');
  const outcome: UpdateOutcome = { reports: [], problems };
  for (const members of groupByUnit(candidates, problems)) {
    try {
      const { reports, problems: more } = await updateUnit(engine, members, options);
      outcome.reports.push(...reports);
      problems.push(...more);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  return outcome;
}
