import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { cleanUpContainer } from '../../engine/containers/cleanup.ts';
import { isUp } from '../../engine/containers/describe.ts';
import { cleanUpExecSession } from '../../engine/containers/exec-sessions.ts';
import { sweepStore } from '../../engine/containers/sweep.ts';
import type { Engine } from '../../engine/engine.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { choiceOptions } from '../options/shared.ts';
import { chooseContainers } from './choose.ts';
import { forEachChosen } from './each.ts';

/** With --exec nothing is printed, as with podman. */
async function cleanUpSession(invocation: Invocation, session: string): Promise<number> {
  const other = ['all', 'filter', 'rmi'].find((name) => invocation.given(name));
  if (other !== undefined) {
    throw new BryoError(
      'usage',
      `${other === 'all' ? '--all and --exec' : `--exec and --${other}`} cannot be set together`,
    );
  }
  const { names } = await chooseContainers(invocation, { all: () => true });
  const [name, second] = names;
  if (name === undefined || second !== undefined) {
    throw new BryoError('usage', '--exec needs exactly one container');
  }
  const { store } = invocation.context.engine;
  cleanUpExecSession(store, findRecord(store, name).id, session);
  return 0;
}

/** Loaded here: as a rule there is nothing to start. */
async function restarted(engine: Engine, name: string): Promise<boolean> {
  const { restartEnded } = await import('../../engine/containers/start/restart-later.ts');
  return restartEnded(engine, name);
}

export const command = defineCommand({
  name: 'container-cleanup',
  noun: 'container',
  summary: 'Remove what containers that have ended left behind',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    ...choiceOptions,
    {
      name: 'exec',
      value: 'SESSION',
      help: 'of this exec session of one container, whose monitor was killed, instead',
    },
    {
      name: 'restart',
      help: 'start it again instead, where its restart policy wants that and nobody has stopped it',
    },
    { name: 'rm', help: 'remove the container afterwards' },
    { name: 'rmi', help: 'with --rm: remove its image, too, unless another container needs it' },
  ],
  description: [
    'Monitors clean up by themselves. This is for those that were killed, and for scripts that are used to it; it also removes what killed commands left half made.',
  ],
  examples: [{ command: 'bryo container cleanup --all', says: 'after a crash' }],
  async run(invocation) {
    const { engine } = invocation.context;
    const session = invocation.text('exec');
    if (session !== null) return cleanUpSession(invocation, session);
    const options = { remove: invocation.flag('rm'), removeImage: invocation.flag('rmi') };
    if (options.removeImage && !options.remove) throw new BryoError('usage', '--rmi needs --rm');
    const choice = await chooseContainers(invocation, { all: (status) => !isUp(status) });
    await sweepStore(engine);
    return forEachChosen(invocation, choice, async (name) => {
      if (invocation.flag('restart') && (await restarted(engine, name))) return name;
      await cleanUpContainer(engine, name, options);
      return name;
    });
  },
});
