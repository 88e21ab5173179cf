import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import { viewContainers } from '../../engine/describe.ts';
import { becomeAttachClient, startContainer } from '../../engine/start/start.ts';
import { readContainerState } from '../../monitor/state.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { allOption, detachKeysOption, filterOption } from '../options/shared.ts';
import { chosenContainers, forEachName, isUp } from './each.ts';
import { applyFilters } from './filters.ts';
import { terminalSize } from './terminal-size.ts';

async function startAttached(invocation: Invocation): Promise<number> {
  const { context, args } = invocation;
  const [name = '', other] = args;
  if (other !== undefined || name === '') {
    throw new BryoError('usage', 'start --attach takes exactly one container');
  }
  const record = findRecord(context.engine.store, name);
  const started = await startContainer(context.engine, record, {
    attached: true,
    size: terminalSize(context),
  });
  if (started.client === null) return 0;
  return becomeAttachClient(
    { kind: 'fd', fd: started.client },
    {
      tty: record.options.tty,
      stdin: invocation.flag('interactive') && record.options.interactive,
      detachKeys: invocation.text('detach-keys'),
      sigProxy: invocation.flag('sig-proxy'),
    },
  );
}

export const command = defineCommand({
  name: 'start',
  noun: 'container',
  summary: 'Start created or stopped containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    allOption,
    {
      ...filterOption,
      help: 'only those that fit, such as restart-policy=always (see bryo-ps(1))',
    },
    { name: 'attach', short: 'a', help: "show the container's output and exit with its status" },
    { name: 'interactive', short: 'i', help: 'with --attach: hand standard input on' },
    detachKeysOption,
    { name: 'sig-proxy', on: true, help: 'with --attach: pass signals on to the container' },
  ].map((option) =>
    option.name === 'all' ? { name: 'all', help: 'all that do not run' } : option,
  ),
  description: ['Starts containers with the options they were created with.'],
  examples: [{ command: 'bryo start --attach web', says: 'start and watch' }],
  async run(invocation) {
    if (invocation.flag('attach')) return startAttached(invocation);
    const { engine } = invocation.context;
    const filters = invocation.texts('filter');
    const fitting = new Set(
      applyFilters(viewContainers(engine.store), filters).map(({ record }) => record.id),
    );
    const all = invocation.flag('all') || (filters.length > 0 && invocation.args.length === 0);
    const names = chosenContainers(invocation, (status) => !isUp(status), all).filter(
      (name) => filters.length === 0 || fitting.has(findRecord(engine.store, name).id),
    );
    return forEachName(invocation, names, async (name) => {
      const record = findRecord(engine.store, name);
      // Starting what runs already is no error (podman-start(1)).
      if (readContainerState(engine.store, record.id).status !== 'running') {
        await startContainer(engine, record, { attached: false, size: null });
      }
      return name;
    });
  },
});
