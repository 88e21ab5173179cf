import { BryoError } from '../../base/errors.ts';
import { findContainer, viewContainers } from '../../engine/containers/describe.ts';
import { livePorts } from '../../engine/containers/ports.ts';
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

function listAll(invocation: Invocation): string {
  const { engine } = invocation.context;
  return viewContainers(engine.store)
    .flatMap((view) =>
      livePorts(engine.store, view).map(
        (port) => `${view.record.id.slice(0, 12)}\t${formatLine(port)}\n`,
      ),
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
    const { store } = context.engine;
    const ports = livePorts(store, findContainer(store, name));
    if (wanted === undefined) {
      context.stdout.write(ports.map((port) => `${formatLine(port)}\n`).join(''));
      return 0;
    }
    const fitting = ports.filter(chooser(wanted));
    if (fitting.length === 0) {
      throw new BryoError('no-port', `failed to find published port ${JSON.stringify(wanted)}`, {
        hint: `container ${name} publishes no such port`,
      });
    }
    const address = (port: PortMapping): string => formatLine(port).replace(/^.* -> /, '');
    context.stdout.write(fitting.map((port) => `${address(port)}\n`).join(''));
    return 0;
  },
});
