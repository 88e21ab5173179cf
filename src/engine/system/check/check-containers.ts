import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from '../../../container/record.ts';
import { listRecords } from '../../../container/records.ts';
import { isSoundRunFile, mendRunFile } from '../../../monitor/mend.ts';
import { listDirectory } from '../../../store/list-directory.ts';
import { storePaths } from '../../../store/paths.ts';
import { removeDamaged } from '../../containers/remove.ts';
import type { Engine } from '../../engine.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** Names that no container bears. */
async function checkNames(
  { store }: Engine,
  records: readonly ContainerRecord[],
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const owners = new Map(records.map(({ name, id }) => [name, id]));
  const damaged = new Set(listRecords(store).damaged);
  for (const name of listDirectory(storePaths.names(store))) {
    const path = join(storePaths.names(store), name);
    const owner = readFileSync(path, 'utf8').trim();
    if (owners.get(name) === owner || damaged.has(owner)) continue;
    const remove = () => {
      rmSync(path, { force: true });
      return 'removed';
    };
    const finding = { kind: 'name', subject: name, problem: 'belongs to no container' } as const;
    await note(findings, finding, options.repair ? remove : null);
  }
}

/** What monitors have written. */
async function checkRuns(
  { store }: Engine,
  records: readonly ContainerRecord[],
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  for (const { id, name } of records) {
    for (const [file, meaning] of [
      ['state.json', 'what was written when it was started'],
      ['exit.json', 'what was written when it ended'],
    ] as const) {
      if (isSoundRunFile(store, id, file)) continue;
      const mend = () => mendRunFile(store, id, file);
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
  for (const id of damaged) {
    const remove = async () => {
      await removeDamaged(engine, id);
      return 'container removed';
    };
    const place = join(storePaths.container(engine.store, id), 'upper');
    await note(
      findings,
      {
        kind: 'container',
        subject: id.slice(0, 12),
        problem: 'has a damaged record',
        advice: `save what you need of ${place}, then give --force or remove it (rm --force)`,
      },
      options.repair && options.force ? remove : null,
    );
  }
  await checkNames(engine, records, options, findings);
  await checkRuns(engine, records, options, findings);
  return records;
}
