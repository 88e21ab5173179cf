import { BryoError } from '../../base/errors.ts';
import { type ContainerView, stateName } from '../../engine/containers/describe.ts';
import type { Sizes } from '../../engine/containers/list.ts';

type Key = (view: ContainerView, sizes: Sizes) => string | number;

const keys: Readonly<Record<string, Key>> = {
  command: ({ record }) => record.args.join(' '),
  created: ({ record }) => record.createdAt,
  id: ({ record }) => record.id,
  image: ({ record }) => (record.rootfs.kind === 'image' ? record.rootfs.imageName : ''),
  names: ({ record }) => record.name,
  runningfor: ({ state }) => ('startedAt' in state ? state.startedAt : ''),
  size: ({ record }, sizes) => sizes.get(record.id)?.rootFs ?? 0,
  status: ({ state }) => stateName(state),
};

/** Keys of `ps --sort`. */
export const psOrders: readonly string[] = Object.keys(keys);

/** Views in the order of a key; those alike stay in the order of their creation. */
export function psOrder(
  name: string,
  views: readonly ContainerView[],
  sizes: Sizes,
): ContainerView[] {
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (key === undefined) {
    throw new BryoError('usage', `invalid --sort ${JSON.stringify(name)}`, {
      hint: psOrders.join(', '),
    });
  }
  return [...views].sort((a, b) => {
    const [left, right] = [key(a, sizes), key(b, sizes)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
