import { closeSync, constants, openSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { isHolder, membersOf } from '../../pod/records.ts';
import { removeContainer } from '../containers/remove.ts';
import { startUnlessRunning } from '../containers/start/dependencies.ts';
import { podLink } from '../containers/start/pod-link.ts';
import { startContainer } from '../containers/start/start.ts';
import { waitContainer } from '../containers/wait.ts';
import type { Engine } from '../engine.ts';
import { recordPodEvent } from '../events.ts';

async function start(engine: Engine, record: ContainerRecord): Promise<void> {
  await startUnlessRunning(engine, record, () =>
    startContainer(engine, record, { attached: false, size: null }),
  );
}

/** Runs a container that prepares something for the others to its end. */
async function runInit(engine: Engine, record: ContainerRecord): Promise<void> {
  await start(engine, record);
  const code = await waitContainer(engine, record.id, { conditions: ['stopped'], interval: 250 });
  if (code !== 0) {
    throw new BryoError('init-failed', `init container ${record.name} exited with code ${code}`);
  }
  if (record.options.initCtr === 'once') {
    await removeContainer(engine, record.id, { force: false, ignore: true, volumes: true });
  }
}

/** Keeps a pod with --exit-policy stop from ending before all of it has been started. */
function holdOpen(engine: Engine, holder: ContainerRecord): () => void {
  const link = podLink(engine.store, holder);
  if (link === null) return () => {};
  try {
    const fd = openSync(link.path, constants.O_WRONLY | constants.O_NONBLOCK);
    return () => closeSync(fd);
  } catch (error) {
    // Without a reader it has ended already.
    if (errnoCode(error) === 'ENXIO' || errnoCode(error) === 'ENOENT') return () => {};
    throw error;
  }
}

/** Starts a pod: its holder, then init containers to their end, then all others. */
export async function startPod(engine: Engine, pod: PodRecord): Promise<void> {
  const members = membersOf(engine.store, pod.id);
  const holder = members.find(isHolder);
  if (holder !== undefined) await start(engine, holder);
  const others = members.filter((record) => !isHolder(record));
  // A pod that nothing has joined yet waits for its first container: nobody leaves the link then.
  const release = holder === undefined || others.length === 0 ? () => {} : holdOpen(engine, holder);
  try {
    for (const record of others) {
      if (record.options.initCtr !== null) await runInit(engine, record);
    }
    for (const record of others) {
      if (record.options.initCtr === null) await start(engine, record);
    }
    recordPodEvent(engine, pod, 'start');
  } finally {
    release();
  }
}
