import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { findRecord } from '../../container/records.ts';
import { viewContainers } from '../../engine/containers/describe.ts';
import { portOwner, readPorts } from '../../engine/containers/ports.ts';
import type { Engine } from '../../engine/engine.ts';
import { readContainerState } from '../../monitor/state.ts';
import type { PortMapping } from '../../network/types.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { latestOption, oneOrLatest } from '../options/latest.ts';
import { allOption } from '../options/shared.ts';

function formatLine({ containerPort, protocol, hostIp, hostPort }: PortMapping): string {
  const host = hostIp.includes(':') ? `[${hostIp}]` : hostIp;
  return `${containerPort}/${protocol} -> ${host === '' ? '0.0.0.0' : host}:${hostPort}`;
}

/** `PORT[/PROTOCOL]`: without a protocol both fit. */
function chooser(text: string): (port: PortMapping) => boolean {
  const [, port, , protocol] = /^(\d+)(\/(tcp|udp))?$/.exec(text) ?? [];
  if (port === undefined) {
    throw new BryoError('usage', `invalid port ${JSON.stringify(text)}: PORT[/tcp|udp] is needed`);
  }
  return (mapping) =>
    mapping.containerPort === Number(port) &&
    (protocol === undefined || mapping.protocol === protocol);
}

/** What leads to a container: the ports of its network, which another one may have published. */
function livePorts({ store }: Engine, record: ContainerRecord): PortMapping[] {
  const state = readContainerState(store, record.id);
  if (state.status !== 'running') return [];
  return readPorts(store, portOwner(store, { record, state }).record.id);
}

function listAll(invocation: Invocation): string {
  const { engine } = invocation.context;
  return viewContainers(engine.store)
    .flatMap(({ record }) =>
      livePorts(engine, record).map((port) => `${record.id.slice(0, 12)}\t${formatLine(port)}\n`),
    )
    .join('');
}

export const command = defineCommand({
  name: 'port',
  noun: 'container',
  summary: 'Show where the ports of a container are on the host',
  synopsis: 'CONTAINER [PORT[/PROTOCOL]]',
  arguments: { min: 0, max: 2, kind: 'container' },
  options: [{ ...allOption, help: 'of all running containers' }, latestOption],
  description: [
    'Prints a line for each published port; in a pod those of the pod. With a port of the container only the addresses of the host that lead to it are printed, and it is an error when there are none.',
  ],
  examples: [{ command: 'bryo port web 80', says: 'where the server of port 80 is' }],
  async run(invocation) {
    const { context, args } = invocation;
    if (invocation.flag('all')) {
      if (args.length > 0 || invocation.flag('latest')) {
        throw new BryoError('usage', '--all excludes names and --latest');
      }
      context.stdout.write(listAll(invocation));
      return 0;
    }
    const { name, words } = oneOrLatest(invocation);
    const [wanted] = words;
    const record = findRecord(context.engine.store, name);
    const ports = livePorts(context.engine, record);
    if (wanted === undefined) {
      context.stdout.write(ports.map((port) => `${formatLine(port)}\n`).join(''));
      return 0;
    }
    const fitting = ports.filter(chooser(wanted));
    if (fitting.length === 0) {
      throw new BryoError('no-port', `container ${name} publishes no port ${wanted}`);
    }
    const address = (port: PortMapping): string => formatLine(port).replace(/^.* -> /, '');
    context.stdout.write(fitting.map((port) => `${address(port)}\n`).join(''));
    return 0;
  },
});
