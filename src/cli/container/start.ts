import { BryoError } from '../../base/errors.ts';
import { checkReadiness } from '../../container/health.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { isUp, viewContainers } from '../../engine/containers/describe.ts';
import { applyFilters } from '../../engine/containers/filters.ts';
import { podOf } from '../../engine/containers/pod-group.ts';
import { becomeAttachClient, clientStreams } from '../../engine/containers/start/attach-client.ts';
import { startUnlessRunning } from '../../engine/containers/start/dependencies.ts';
import { startContainer } from '../../engine/containers/start/start.ts';
import { startAttached } from '../../engine/containers/start-attached.ts';
import { checkPodGroup } from '../../engine/pods/join.ts';
import { readSdnotify } from '../../request/lifecycle.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { terminalSize } from '../context.ts';
import { cgroupsOption, readCgroups } from '../options/container/limits.ts';
import { sdnotifyOption } from '../options/container/notify.ts';
import { latestOption } from '../options/latest.ts';
import {
  cidfileOption,
  detachKeysOption,
  filterOption,
  readDetachKeys,
} from '../options/shared.ts';
import { type Choice, chooseContainers } from './choose.ts';
import { asStart, forEachChosen } from './each.ts';

/** The record for this start: some flags count instead of the options that the container was created with. */
function forThisStart(invocation: Invocation, record: ContainerRecord): ContainerRecord {
  const { engine } = invocation.context;
  const cgroups = invocation.text('cgroups');
  const sdnotify = invocation.text('sdnotify');
  if (cgroups === null && sdnotify === null) return record;
  const changed = {
    ...record.options,
    ...(cgroups === null ? {} : { cgroups: readCgroups(cgroups) }),
    ...(sdnotify === null ? {} : { sdnotify: readSdnotify(sdnotify) }),
  };
  checkReadiness(changed, record.health);
  const pod = podOf(engine, record);
  if (pod !== null) checkPodGroup(changed, pod);
  return { ...record, options: changed };
}

async function attachToStarted(invocation: Invocation, names: readonly string[]): Promise<number> {
  const { context } = invocation;
  const [name, other] = names;
  if (name === undefined) return 0;
  if (other !== undefined) {
    throw new BryoError('usage', 'you cannot start and attach multiple containers at once');
  }
  const detachKeys = readDetachKeys(invocation);
  const record = forThisStart(invocation, findRecord(context.engine.store, name));
  const size = terminalSize(context);
  const connection = await asStart(() => startAttached(context.engine, record, size));
  if (connection === null) return 0;
  const streams = clientStreams(record.options);
  return becomeAttachClient(connection, {
    ...streams,
    // podman hands standard input on to whoever was created for it, docker only when told to.
    stdin: streams.stdin && (invocation.flag('interactive') || context.dialect === 'podman'),
    detachKeys,
    sigProxy: invocation.flag('sig-proxy'),
  });
}

/** Starting what runs already, or is just being started, is no error. */
async function startDetached(invocation: Invocation, name: string): Promise<string> {
  const { engine } = invocation.context;
  const record = forThisStart(invocation, findRecord(engine.store, name));
  const start = () => startContainer(engine, record, { attached: false, size: null });
  await asStart(() => startUnlessRunning(engine, record, start));
  return name;
}

/** --filter leaves out of the named ones what does not fit. */
async function narrow(invocation: Invocation, choice: Choice): Promise<Choice> {
  const filters = invocation.texts('filter');
  if (choice.bySearch || filters.length === 0) return choice;
  const { engine } = invocation.context;
  const views = await applyFilters(engine, viewContainers(engine.store), filters);
  const fitting = new Set(views.map(({ record }) => record.id));
  return {
    ...choice,
    names: choice.names.filter((name) => fitting.has(findRecord(engine.store, name).id)),
  };
}

export const command = defineCommand({
  name: 'start',
  noun: 'container',
  summary: 'Start created or stopped containers',
  synopsis: 'CONTAINER [CONTAINER...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'container' },
  options: [
    { name: 'all', help: 'all that do not run' },
    latestOption,
    cidfileOption,
    {
      ...filterOption,
      help: 'only those that fit, such as restart-policy=always or should-start-on-boot=true (see bryo-ps(1))',
    },
    { name: 'attach', short: 'a', help: "show the container's output and exit with its status" },
    {
      name: 'interactive',
      short: 'i',
      help: 'attach as well; standard input is handed on to one created with --interactive',
    },
    detachKeysOption,
    {
      ...cgroupsOption,
      help: `for this start, instead of what it was created with: ${cgroupsOption.help}`,
    },
    { ...sdnotifyOption, help: `the same: ${sdnotifyOption.help}` },
    { name: 'sig-proxy', on: true, help: 'with --attach: pass signals on to the container' },
  ],
  description: [
    'Starts containers with the options they were created with; --cgroups and --sdnotify are for a service that one of them was not created in. One that runs already is no error; with --attach it is attached to.',
    'At boot, `bryo start --all --filter should-start-on-boot=true` starts those with the restart policy always, and those with unless-stopped that nobody has stopped.',
  ],
  examples: [
    { command: 'bryo start --attach web', says: 'start and watch' },
    { command: 'bryo start --all --filter restart-policy=always', says: 'for a unit at boot' },
  ],
  async run(invocation) {
    const attach = invocation.flag('attach') || invocation.flag('interactive');
    if (invocation.given('sig-proxy') && invocation.flag('sig-proxy') && !attach) {
      throw new BryoError('usage', '--sig-proxy needs --attach');
    }
    const rules = { all: (status: string) => !isUp(status), narrowing: true };
    if (invocation.flag('all') && invocation.args.length > 0) {
      throw new BryoError(
        'usage',
        'either start all containers or the container(s) provided in the arguments',
      );
    }
    const choice = await narrow(invocation, await chooseContainers(invocation, rules));
    if (attach) return attachToStarted(invocation, choice.names);
    return forEachChosen(invocation, choice, (name) => startDetached(invocation, name));
  },
});
