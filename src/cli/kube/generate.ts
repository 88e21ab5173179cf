import { writeFileSync } from 'node:fs';
import { BryoError, errnoCode, errnoText } from '../../base/errors.ts';
import { type GenerateType, generateKube, generateTypes } from '../../engine/kube/generate.ts';
import { readNumber } from '../../request/values.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';

/** The kind of documents: the flag's, else that of containers.conf(5). */
function readType({ text }: Invocation): GenerateType {
  const asked = text('type');
  const type = generateTypes.find((one) => one === (asked ?? 'pod'));
  if (type !== undefined) return type;
  throw new BryoError(
    'bad-flag-value',
    `invalid generation type - only pods, deployments, jobs, and daemonsets are currently supported: ${asked}`,
  );
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o644, flag: 'wx' });
  } catch (cause) {
    const code = errnoCode(cause);
    const why = code === 'EEXIST' ? '; file exists' : `: ${errnoText(code) ?? 'error'}`;
    const named = `cannot write to ${JSON.stringify(path)}${why}`;
    throw new BryoError(code === 'EEXIST' ? 'file-exists' : 'no-such-file', named, { cause });
  }
}

export const command = defineCommand({
  name: 'kube-generate',
  noun: 'kube',
  summary: 'Write containers, pods and volumes as Kubernetes YAML',
  synopsis: '{CONTAINER...|POD...|VOLUME...}',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'pod' },
  options: [
    { name: 'filename', short: 'f', value: 'FILE', help: 'write to a new file' },
    { name: 'no-trunc', help: 'leave annotations as long as they are; always so' },
    {
      name: 'podman-only',
      help: 'with annotations that only podman and bryo heed: --rm, --init, --privileged and --publish-all of containers',
    },
    {
      name: 'replicas',
      short: 'r',
      value: 'N',
      default: '1',
      help: 'pods of a deployment that a cluster is to keep',
    },
    { name: 'service', short: 's', help: 'with a service for the published ports' },
    {
      name: 'type',
      short: 't',
      value: 'TYPE',
      choices: generateTypes,
      help: 'what a pod is written as; that of kube_generate_type in containers.conf(5), else pod',
    },
  ],
  description: [
    'Prints what kubectl and bryo kube play read. Containers that are in no pod become the containers of one, NAME-pod; those of a pod are written with it. A volume becomes a claim.',
    'Commands, variables and directories that are those of the image are left to it. Named volumes are claims, and directories of the host stay such; Kubernetes knows names of volumes with small letters and dashes only. Underscores of names are left away. Limits, capabilities, ports and what a container may write are kept, users as numbers only; health checks and secrets are not.',
  ],
  examples: [
    { command: 'bryo kube generate web', says: 'a pod or container' },
    { command: 'bryo kube generate -s -f web.yaml web data', says: 'with a service and a volume' },
    { command: 'bryo kube generate -t deployment -r 3 web', says: 'to be run three times' },
  ],
  async run(invocation) {
    const { context, args, flag, text } = invocation;
    const written = generateKube(context.engine, {
      names: args,
      type: readType(invocation),
      replicas: readNumber('--replicas', text('replicas') ?? '1', 1),
      service: flag('service'),
      podmanOnly: flag('podman-only'),
    });
    const path = text('filename');
    if (path === null) printLine(context, written);
    else write(path, written);
    return 0;
  },
});
