import { BryoError } from '../../base/errors.ts';
import { downKube } from '../../engine/kube/down.ts';
import { type PlayReport, playKube } from '../../engine/kube/play.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { pullReporter } from '../image/pull-progress.ts';
import { readKubeText } from './input.ts';
import { playAsService, serviceOptions, untilTheEnd } from './lasting.ts';
import { printPlayed, printRemoved } from './print.ts';
import { forceOption, playOptions, readPlay } from './read-play.ts';

async function remove(invocation: Invocation, text: string, force: boolean): Promise<boolean> {
  const { context } = invocation;
  return printRemoved(context, await downKube(context.engine, text, { force }));
}

/** Plays a file and removes all of it as soon as it has ended, or the user wants it (--wait). */
async function playAndWait(invocation: Invocation, text: string): Promise<number> {
  const { context } = invocation;
  printLine(context, 'Use ctrl+c to clean up or wait for pods to exit');
  let sound = true;
  const { interrupted } = await untilTheEnd(invocation, async () => {
    const played = await play(invocation, text);
    sound = played.sound;
    return played.report;
  });
  if (interrupted) printLine(context, '');
  printLine(context, 'Cleaning up containers, pods, and volumes...');
  return (await remove(invocation, text, true)) && sound ? 0 : 125;
}

async function play(
  invocation: Invocation,
  text: string,
): Promise<{ report: PlayReport; sound: boolean }> {
  const { context } = invocation;
  const reporter = pullReporter(context, invocation.flag('quiet'));
  try {
    const request = await readPlay(invocation, text, reporter.report);
    const report = await playKube(context.engine, request);
    reporter.finish();
    return { report, sound: printPlayed(context, report) };
  } finally {
    reporter.finish();
  }
}

export const command = defineCommand({
  name: 'kube-play',
  noun: 'kube',
  summary: 'Make pods, volumes and secrets of Kubernetes YAML',
  synopsis: 'FILE|URL|-',
  arguments: { min: 1, max: 1, kind: 'file' },
  options: [
    ...playOptions,
    { name: 'down', help: 'remove what the file describes, as bryo kube down does' },
    forceOption,
    ...serviceOptions,
    {
      name: 'wait',
      short: 'w',
      help: 'wait until the pods have ended, or an interrupt, and remove all of it then, volumes as well',
    },
  ],
  description: [
    'Reads a file, an address of the web or standard input (-), and makes what it describes: of Pod, Deployment, DaemonSet and Job a pod each, of PersistentVolumeClaim a volume, of Secret a secret that is kept as it is written. A ConfigMap is for the pods of the file. Other kinds are passed over. A Deployment has one pod, whatever its replicas say. Prints the ids.',
    'The pod of a Deployment, DaemonSet or Job is called NAME-pod, and a container POD-CONTAINER. In the network of the pods, podman-default-kube unless another is asked for, a pod is known by its name and by those of its containers.',
    'Volumes are hostPath with all its types, emptyDir (in memory of each container with medium: Memory), persistentVolumeClaim, configMap, secret and image. Those of a configMap and secret are volumes of that name; files that were written before stay in them. An emptyDir goes with its pod.',
    'A livenessProbe becomes the health check of the container, and with restartPolicy Always or OnFailure one that fails restarts it; a startupProbe comes before. httpGet needs curl, and tcpSocket nc, in the container. readinessProbe says nothing here.',
    'Images are pulled by imagePullPolicy; without it one that is there will do, but of a full name without a tag or with latest a newer one is looked for. An image for which there is a directory of its name with a Containerfile is built.',
    'Annotations are heeded as podman has them: io.podman.annotations.autoremove/NAME, init/NAME, label/NAME, volumes-from/NAME and kube.image.volumes.mount/NAME of a container; ulimit, userns, infra.name and init.container.type of a pod; io.containers.autoupdate; volume.podman.io/… of a claim.',
    'What cannot be read is an error that names document, field and reason, and nothing is made then. A pod that cannot be made leaves nothing of itself behind; what came before it in the file stays.',
  ],
  examples: [
    { command: 'bryo kube play web.yaml', says: 'its pods run' },
    { command: 'bryo kube play --replace web.yaml', says: 'anew, after a change' },
    {
      command: 'bryo kube play --start=false --publish 8080:80 web.yaml',
      says: 'with another port',
    },
    { command: 'bryo kube play --wait job.yaml', says: 'until it has ended' },
  ],
  async run(invocation) {
    const { context, args, flag } = invocation;
    if (flag('force') && !flag('down')) {
      throw new BryoError('usage', '--force may be specified only with --down');
    }
    const lasting = ['wait', 'service-container'].find(flag);
    if (lasting !== undefined && !flag('start')) {
      throw new BryoError('usage', `--${lasting} does not work with --start=false`);
    }
    const text = await readKubeText(context, args[0] ?? '-');
    if (flag('down')) return (await remove(invocation, text, flag('force'))) ? 0 : 125;
    if (flag('replace')) await remove(invocation, text, false);
    if (flag('wait')) return playAndWait(invocation, text);
    if (flag('service-container')) {
      return playAsService(invocation, async () => (await play(invocation, text)).report);
    }
    return (await play(invocation, text)).sound ? 0 : 125;
  },
});
