import { BryoError } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import {
  becomeAttachClient,
  clientStreams,
  runAttachClient,
} from '../../engine/containers/start/attach-client.ts';
import { startContainer } from '../../engine/containers/start/start.ts';
import type { Engine } from '../../engine/engine.ts';
import { addon } from '../../native/addon.ts';
import { inheritDescriptors } from '../../native/inherited-fds.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine, terminalSize } from '../context.ts';
import { shuttingDown } from '../log-lines.ts';
import { refusedContainerFlags } from '../options/container/refused.ts';
import { containerOptions } from '../options/container-options.ts';
import {
  preserveFdOption,
  preserveFdsOption,
  readDetachKeys,
  readPreserved,
} from '../options/shared.ts';
import { createFromFlags } from './create-from-flags.ts';
import { explainRun } from './explain.ts';
import { printTimings, startClock } from './timings.ts';

function checkRunFlags(invocation: Invocation): void {
  const exclude = (one: string, other: string): void => {
    if (invocation.flag(one) && invocation.given(other)) {
      throw new BryoError('bad-flag-value', `--${one} and --${other} cannot be used together`);
    }
  };
  exclude('detach', 'attach');
  exclude('rmi', 'restart');
  if (invocation.flag('rmi') && invocation.given('rm') && !invocation.flag('rm')) {
    throw new BryoError('bad-flag-value', 'the --rmi option does not work without --rm');
  }
}

/** A container that failed to start, or was only made to be shown. */
async function takeBack(engine: Engine, record: ContainerRecord): Promise<void> {
  const { removeFailedContainer } = await import('../../engine/containers/remove.ts');
  await removeFailedContainer(engine, record);
}

async function run(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const { engine } = context;
  const clock = startClock(invocation.flag('timings'));
  const detach = invocation.flag('detach');
  const inherited = inheritDescriptors(readPreserved(invocation));
  const detachKeys = readDetachKeys(invocation);
  checkRunFlags(invocation);
  if (!detach) warnOfNoTerminal(invocation);
  const record = await createFromFlags(invocation, true);
  clock.mark('created');
  try {
    if (invocation.flag('explain')) {
      context.stdout.write(await explainRun(engine, record));
      await takeBack(engine, record);
      return 0;
    }
    const started = await startContainer(engine, record, {
      attached: !detach,
      size: terminalSize(context),
      inherited,
    });
    if (invocation.flag('timings')) printTimings(context, clock, started.phases);
    if (detach) {
      printLine(context, record.id);
      if (!invocation.flag('rmi')) return 0;
      const { removeImageLater } = await import('./remove-image-later.ts');
      removeImageLater(context, record);
      return 0;
    }
    // As podman does where nothing of the container's would be seen.
    if (invocation.texts('attach').join().toLowerCase() === 'stdin') printLine(context, record.id);
    if (started.client === null) return 0;
    const connection = { kind: 'fd', fd: started.client } as const;
    const client = {
      ...clientStreams(record.options),
      detachKeys,
      sigProxy: invocation.flag('sig-proxy'),
    };
    if (!invocation.flag('rmi')) {
      engine.log('debug', shuttingDown);
      return becomeAttachClient(connection, client);
    }
    const status = await runAttachClient(connection, client);
    if (record.rootfs.kind === 'image') {
      const { removeUnneededImage } = await import('../../engine/containers/cleanup.ts');
      await removeUnneededImage(engine, record.rootfs.imageName);
    }
    return status;
  } catch (error) {
    if (record.options.remove) await takeBack(engine, record);
    throw error;
  }
}

/** Warns of --tty and --interactive without a terminal, for which both together are (podman-run(1)). */
function warnOfNoTerminal({ context, flag }: Invocation): void {
  if (!flag('tty') || !flag('interactive') || addon().terminalSize(0) !== null) return;
  context.engine.log(
    'warn',
    'The input device is not a TTY. The --tty and --interactive flags might not work properly',
  );
}

export const command = defineCommand({
  name: 'run',
  noun: 'container',
  summary: 'Run a command in a new container',
  synopsis: 'IMAGE [COMMAND [ARG...]]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'image' },
  passthrough: true,
  refused: refusedContainerFlags,
  options: [
    ...containerOptions,
    {
      name: 'rmi',
      help: 'remove the container and its image when it ends, unless another container needs that',
    },
    { name: 'detach', short: 'd', help: "run in the background and print the container's id" },
    {
      name: 'detach-keys',
      value: 'KEYS',
      default: 'ctrl-p,ctrl-q',
      help: 'keys that leave a terminal session without ending it; empty: none',
    },
    { name: 'sig-proxy', on: true, help: 'pass signals on to the container' },
    preserveFdOption,
    preserveFdsOption,
    { name: 'explain', help: 'print what would be done, step by step, instead of doing it' },
    { name: 'timings', help: 'print how long each phase of the start took' },
  ],
  description: [
    'Creates a container from an image and runs a command in it. The image is pulled if it is not in the store. Everything after IMAGE belongs to the command.',
    'With -p fd:NAME:PORT the host’s side is a socket that a service manager has opened and handed over under that name (FileDescriptorName= in systemd.socket(5); LISTEN_FDNAMES in sd_listen_fds(3)): clients can come before the container runs, ports below 1024 take no privilege, and with --network slirp4netns or bridges alike the server sees its clients. Other sockets that were handed over are the container’s, as before. A container that is started later takes those of that start; stop, start and restart it by its service then (systemctl --user), for by hand there are none to take, and restart leaves it running with an error that says so.',
    'The exit status is that of the command; 125 when bryo itself failed, 126 when the command cannot be executed or the container cannot be given what it needs (a port that is in use), 127 when the command cannot be found.',
    'The option rate of a network (--network back:rate=10mbit) is what the container sends on it in a second at most, and what it gets, each; in bit, kbit, mbit, gbit, or bps, kbps, … for bytes, as tc(8) has them. It takes a kernel with tbf, and a container without CAP_NET_ADMIN; who joins its network with that can change it.',
    'With --egress a container reaches nothing beyond its networks but what is said: NAME, *.DOMAIN (the names below it), * (all names), ADDRESS or NETWORK, each with :PORT or :PORT/udp, or without for all ports and protocols; several rules add up, none stands for nothing. It holds for TCP, UDP, ICMP, IPv4 and IPv6, the host’s own addresses and any other name server; neighbours on the container’s networks are still reached. Names are resolved by the network’s name service, to which others do not exist, and their addresses are open from the answer on until it may no longer be kept (an hour at most); connections that are there then go on. Addresses of private networks and of this host are not opened for a name, unless the rule says where it has them: git.corp@10.0.0.0/8:443. Names of --add-host and host.containers.internal are taken from the hosts file. What is refused fails at once, and bryo events tells of it (egress-refused, a few for each container). The container is on the default bridge unless --network names others; host, slirp4netns, pasta, container: and macvlan cannot hold a policy.',
    'A server in a container sees the addresses of its clients when its port is published, of TCP and UDP, also of IPv6 where the container has an address of that. Clients on the host’s loopback cannot be shown, nor those of a family that the container has no address of: the gateway stands for them, or with UDP the container’s own address. With --network slirp4netns:port_handler=slirp4netns everybody on TCP is the gateway (10.0.2.2). The other options of slirp4netns are allow_host_loopback, enable_ipv6, mtu, cidr, outbound_addr and outbound_addr6, as podman-run(1) has them.',
  ],
  examples: [
    { command: 'bryo run hello', says: 'the image that comes with bryo greets' },
    { command: 'bryo run --rm -it alpine', says: 'a shell in an image from a registry' },
    { command: 'bryo run -d --name web -p 8080:80 nginx', says: 'a server in the background' },
    {
      command: 'bryo run --rm -v .:/work -w /work --userns keep-id node npm test',
      says: "the current directory's tests, with the caller's own ids",
    },
  ],
  run,
});
