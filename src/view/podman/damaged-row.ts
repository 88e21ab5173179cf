import { formatAge } from '../../base/duration.ts';
import type { DamagedView } from '../../engine/containers/damaged.ts';
import { GoTime } from '../../template/go-time.ts';
import type { PsRow } from './container-row.ts';

/** The row of a table or a template. */
export function damagedRow(view: DamagedView, { whole, now }: { whole: boolean; now: Date }) {
  const { id, name } = view.damaged;
  const created = GoTime.parse(view.createdAt.toISOString());
  const age = formatAge(view.createdAt, now);
  const row: PsRow = {
    ID: whole ? id : id.slice(0, 12),
    Id: id,
    Image: '',
    ImageID: '',
    Command: '',
    Created: created,
    CreatedAt: created,
    CreatedHuman: age,
    RunningFor: age,
    Status: 'Damaged',
    State: 'damaged',
    Pid: 0,
    Ports: '',
    Names: name ?? '',
    Labels: {},
    Mounts: '',
    Networks: '',
    Size: '',
    Pod: '',
    PodName: '',
  };
  return Object.defineProperty(row, 'Label', { value: () => '' });
}

/** The object of `--format json`. */
export function damagedObject({ damaged, createdAt }: DamagedView, now: Date) {
  const { id, name, problem } = damaged;
  return {
    CreatedAt: formatAge(createdAt, now),
    Created: Math.floor(createdAt.getTime() / 1000),
    Id: id,
    Names: name === null ? [] : [name],
    State: 'damaged',
    Status: `Damaged: ${problem.path} ${problem.damage}`,
  };
}
