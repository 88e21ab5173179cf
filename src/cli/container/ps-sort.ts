import { BryoError } from '../../base/errors.ts';
import { type ContainerView, stateName } from '../../engine/describe.ts';

const keys: Readonly<Record<string, (view: ContainerView) => string>> = {
  command: ({ record }) => record.args.join(' '),
  created: ({ record }) => record.createdAt,
  id: ({ record }) => record.id,
  image: ({ record }) => (record.rootfs.kind === 'image' ? record.rootfs.imageName : ''),
  names: ({ record }) => record.name,
  runningfor: ({ state }) => ('startedAt' in state ? state.startedAt : ''),
  status: ({ state }) => stateName(state),
};

/** Keys of `ps --sort`. */
export const psOrders: readonly string[] = Object.keys(keys);

/** Views in the order of a key; those alike stay in the order of their creation. */
export function psOrder(name: string, views: readonly ContainerView[]): ContainerView[] {
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (key === undefined) {
    throw new BryoError('usage', `invalid --sort ${JSON.stringify(name)}`, {
      hint: psOrders.join(', '),
    });
  }
  return [...views].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
