import { claimName, dropName, readNameFile } from '../../../container/names.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { listRecords } from '../../../container/records.ts';
import { mendMonitorRecord, monitorRecordProblem } from '../../../monitor/mend.ts';
import { listDirectory } from '../../../store/list-directory.ts';
import { storePaths } from '../../../store/paths.ts';
import { removeDamaged } from '../../containers/remove.ts';
import type { Engine } from '../../engine.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/**
 * Names that no container bears, and those whose files are damaged: the records tell whose they are.
 * What killed commands have left of names is no damage.
 */
async function checkNames(
  { store }: Engine,
  records: readonly ContainerRecord[],
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const owners = new Map(records.map(({ name, id }) => [name, id]));
  const damaged = new Set(listRecords(store).damaged.map(({ id }) => id));
  for (const name of listDirectory(storePaths.names(store))) {
    const file = readNameFile(store, name);
    const bearer = owners.get(name);
    if (file.kind === 'owner' && (bearer === file.id || damaged.has(file.id))) continue;
    if (file.kind === 'absent') continue;
    const mend = () => {
      dropName(store, name);
      if (bearer === undefined || !claimName(store, name, bearer, 'durable')) return 'removed';
      return 'written again';
    };
    const problem = bearer === undefined ? 'belongs to no container' : 'has a damaged file';
    const finding = { kind: 'name', subject: name, problem } as const;
    await note(findings, finding, options.repair ? mend : null);
  }
}

/** Checks the files that monitors have written. */
async function checkRuns(
  { store }: Engine,
  records: readonly ContainerRecord[],
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  for (const { id, name } of records) {
    for (const [file, meaning] of [
      ['state', 'what was written when it was started'],
      ['exit', 'what was written when it ended'],
      ['health', 'what was written of its health'],
    ] as const) {
      if (monitorRecordProblem(store, id, file) === null) continue;
      const mend = () => mendMonitorRecord(store, id, file);
      const finding = {
        kind: 'container',
        subject: name,
        problem: `${meaning} is damaged`,
      } as const;
      await note(findings, finding, options.repair ? mend : null);
    }
  }
}

/** The records of the containers; gives those that are sound. */
export async function checkContainers(
  engine: Engine,
  options: CheckOptions,
  findings: Finding[],
): Promise<ContainerRecord[]> {
  const { records, damaged } = listRecords(engine.store);
  for (const { id, name, problem } of damaged) {
    const remove = async () => {
      await removeDamaged(engine, id);
      return 'container removed';
    };
    const place = storePaths.container(engine.store, id);
    await note(
      findings,
      {
        kind: 'container',
        subject: name ?? id.slice(0, 12),
        problem: `has a damaged record: ${problem.path} ${problem.damage}`,
        advice: `save what you need of ${place}, then give --force or remove it (rm --force)`,
      },
      options.repair && options.force ? remove : null,
    );
  }
  await checkNames(engine, records, options, findings);
  await checkRuns(engine, records, options, findings);
  return records;
}
