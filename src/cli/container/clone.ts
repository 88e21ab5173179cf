import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { cloneContainer } from '../../engine/containers/clone.ts';
import { findContainer, isUp, stateName } from '../../engine/containers/describe.ts';
import { removeContainer } from '../../engine/containers/remove.ts';
import { startContainer } from '../../engine/containers/start/start.ts';
import { obtainImage } from '../../engine/images/pull.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { refusedResourceFlags } from '../options/container/refused.ts';
import { readResources, resourceOptions } from '../options/resource-options.ts';

/** Refuses a clone whose original --destroy could not remove, before anything is made. */
function checkDestroy(invocation: Invocation, container: string): void {
  const { store } = invocation.context.engine;
  const force = invocation.flag('force');
  if (!invocation.flag('destroy')) {
    if (force) throw new BryoError('usage', '--force needs --destroy');
    return;
  }
  const state = stateName(findContainer(store, container).state);
  if (isUp(state) && !force) {
    throw new BryoError(
      'container-running',
      `cannot destroy container ${container}: it is ${state}`,
      {
        hint: 'stop it first, or use --force',
      },
    );
  }
}

async function otherImage(invocation: Invocation, name: string | undefined) {
  if (name === undefined) return null;
  const { context } = invocation;
  const reporter = pullReporter(context, false);
  const image = await obtainImage(context.engine, 'missing', {
    name,
    platform: null,
    tlsVerify: true,
    authFile: null,
    onProgress: reporter.report,
  });
  reporter.finish();
  return { name, image };
}

export const command = defineCommand({
  name: 'container-clone',
  noun: 'container',
  summary: 'Create a container with the options of another one',
  synopsis: 'CONTAINER [NAME [IMAGE]]',
  arguments: { min: 1, max: 3, kind: 'container' },
  options: [
    { name: 'name', value: 'NAME', help: 'name of the new container, as the second argument' },
    { name: 'destroy', help: 'remove the original afterwards' },
    { name: 'force', short: 'f', help: 'with --destroy: kill the original if it runs' },
    { name: 'run', help: 'start the new container in the background' },
    ...resourceOptions,
  ],
  refused: {
    ...refusedResourceFlags,
    pod: 'a copy stays in the pod of its original',
  },
  description: [
    "The new container is called as the original with -clone behind it unless it is given a name. It has the original's options and volumes, limits that are named instead of the original's, and files of its own, which are those of the image. Its id is printed.",
  ],
  examples: [
    { command: 'bryo container clone web', says: 'one more, called web-clone' },
    {
      command: 'bryo container clone --destroy --force --run --memory 2g web web2 nginx:1.27',
      says: 'a newer image and more memory, in place of what runs',
    },
  ],
  async run(invocation) {
    const { args, context } = invocation;
    const { engine } = context;
    const [container = '', second, imageName] = args;
    const option = invocation.text('name');
    if (option !== null && second !== undefined && second !== option) {
      throw new BryoError('usage', 'the name is given twice: as --name and as an argument');
    }
    const original = findRecord(engine.store, container);
    checkDestroy(invocation, container);
    const record = await cloneContainer(engine, {
      container: original.id,
      name: option ?? second ?? null,
      image: await otherImage(invocation, imageName),
      limits: readResources(invocation),
      commandLine: invocation.context.commandLine,
    });
    if (invocation.flag('destroy')) {
      await removeContainer(engine, original.id, { force: true, ignore: true, volumes: false });
    }
    if (invocation.flag('run'))
      await startContainer(engine, record, { attached: false, size: null });
    printLine(context, record.id);
    return 0;
  },
});
