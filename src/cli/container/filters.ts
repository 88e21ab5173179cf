import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { type ContainerView, exitCodeOf, stateName } from '../../engine/describe.ts';
import { labelFits } from '../options/label-filter.ts';
import { readPair } from '../options/read-values.ts';

function statusFits(status: string, wanted: string): boolean {
  return status === wanted;
}

function fits({ record, state }: ContainerView, key: string, value: string): boolean {
  const { rootfs } = record;
  switch (key) {
    case 'id':
      return record.id.startsWith(value);
    case 'name':
      return record.name.includes(value);
    case 'label':
      return labelFits(record.labels, value);
    case 'status':
      return statusFits(stateName(state), value);
    case 'exited':
      return state.status === 'exited' && exitCodeOf(state) === Number(value);
    case 'ancestor':
      return (
        rootfs.kind === 'image' &&
        (rootfs.imageName.includes(value) || rootfs.imageId.startsWith(value))
      );
    case 'restart-policy':
      return record.options.restart.policy === value;
    case 'until':
      return (
        BigInt(Date.parse(record.createdAt)) * 1_000_000n < parseTimeArgument(value, new Date())
      );
    case 'volume':
      return record.volumes.some(({ name, target }) => name === value || target === value);
    default:
      throw new BryoError('usage', `unknown --filter ${JSON.stringify(key)}`, {
        hint: 'id, name, label, status, exited, ancestor, restart-policy, until and volume are known',
      });
  }
}

/** Filters of one key are alternatives, except labels, which must all fit (podman-ps(1)). */
export function applyFilters(
  views: readonly ContainerView[],
  filters: readonly string[],
): ContainerView[] {
  const byKey = new Map<string, string[]>();
  for (const filter of filters) {
    const [key, value] = readPair(filter);
    byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  return views.filter((view) =>
    [...byKey].every(([key, values]) =>
      key === 'label'
        ? values.every((value) => fits(view, key, value))
        : values.some((value) => fits(view, key, value)),
    ),
  );
}
