import { forgetAllNetworks } from '../../network/config/networks.ts';
import { listPods } from '../../pod/records.ts';
import { eraseStore } from '../../store/erase.ts';
import { listDirectory } from '../../store/list-directory.ts';
import { storePaths } from '../../store/paths.ts';
import { removePodGroup } from '../containers/pod-group.ts';
import { removeContainer } from '../containers/remove.ts';
import type { Engine } from '../engine.ts';
import { releaseImageMounts } from '../mounts/image.ts';
import { networkDirectory } from '../networks/directory.ts';

/**
 * Ends all containers and removes everything of the store. Gives the directories that hold something
 * else, and so stay.
 */
export async function resetStore(engine: Engine): Promise<string[]> {
  const { store } = engine;
  const options = { force: true, ignore: true, volumes: true, holders: true, depend: true };
  for (const id of listDirectory(storePaths.containers(store))) {
    await removeContainer(engine, id, options);
  }
  for (const pod of listPods(store)) removePodGroup(engine, pod);
  await forgetAllNetworks(networkDirectory(engine));
  await releaseImageMounts(engine);
  return eraseStore(store, engine.idMap());
}
