import { damagedPods } from '../../../pod/records.ts';
import { standInPod } from '../../../pod/stand-in.ts';
import type { Engine } from '../../engine.ts';
import { removePod } from '../../pods/remove.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** The records of the pods. A pod that is given up goes with its containers. */
export async function checkPods(
  engine: Engine,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  for (const damaged of damagedPods(engine.store)) {
    const { path, damage } = damaged.problem;
    const remove = async () => {
      await removePod(engine, standInPod(engine.store, damaged), { force: true, timeout: null });
      return 'pod removed with its containers';
    };
    await note(
      findings,
      {
        kind: 'pod',
        subject: damaged.id.slice(0, 12),
        problem: `has a damaged record: ${path} ${damage}`,
        advice: 'give --force or remove it with its containers (pod rm --force)',
      },
      options.repair && options.force ? remove : null,
    );
  }
}
