import { readFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { parseSize } from '../../base/size.ts';
import { Fields } from '../../oci/fields.ts';
import { updateContainer } from '../../oci/lifecycle.ts';
import { readResources } from '../../oci/resources.ts';
import { noLimits, type ResourceLimits } from '../../request/limits.ts';
import type { ParsedArguments } from '../command.ts';
import { defineRuntimeCommand } from './command.ts';
import { containerId } from './shared.ts';

function integer(parsed: ParsedArguments, name: string): number | null {
  const text = parsed.text(name);
  if (text === null) return null;
  if (!/^-?\d+$/.test(text)) {
    throw new BryoError('usage', `invalid --${name} ${JSON.stringify(text)}: a number is needed`);
  }
  return Number(text);
}

function size(parsed: ParsedArguments, name: string): number | null {
  const text = parsed.text(name);
  if (text === null) return null;
  return text === '-1' ? -1 : parseSize(text);
}

/** --resources: a file, or standard input for "-", with what linux.resources holds. */
function readFile(path: string): ResourceLimits {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8'));
  } catch (cause) {
    throw new BryoError('usage', `cannot read resources from ${JSON.stringify(path)}`, { cause });
  }
  return readResources(new Fields(json, 'linux.resources'));
}

export const command = defineRuntimeCommand({
  name: 'update',
  summary: 'Change the resource limits of a container',
  synopsis: 'ID',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [
    { name: 'resources', short: 'r', value: 'FILE', help: 'JSON of linux.resources; - is stdin' },
    { name: 'memory', value: 'BYTES', help: 'most memory; -1: no limit' },
    { name: 'memory-swap', value: 'BYTES', help: 'most memory and swap together' },
    { name: 'memory-reservation', value: 'BYTES', help: 'memory that is left to it' },
    { name: 'cpu-share', value: 'NUMBER', help: 'share of processor time' },
    { name: 'cpu-quota', value: 'MICROSECONDS', help: 'processor time per period; -1: no limit' },
    { name: 'cpu-period', value: 'MICROSECONDS', help: 'the period' },
    { name: 'cpuset-cpus', value: 'LIST', help: 'processors to run on' },
    { name: 'cpuset-mems', value: 'LIST', help: 'memory nodes to use' },
    { name: 'pids-limit', value: 'NUMBER', help: 'most processes and threads; -1: no limit' },
    { name: 'blkio-weight', value: 'NUMBER', help: 'share of disk time, 10 to 1000' },
  ],
  description: ["Writes to the files of the container's control group; what is not named stays."],
  async run(parsed, { root }) {
    const file = parsed.text('resources');
    const limits: ResourceLimits =
      file !== null
        ? readFile(file)
        : {
            ...noLimits(),
            memory: size(parsed, 'memory'),
            memorySwap: size(parsed, 'memory-swap'),
            memoryReservation: size(parsed, 'memory-reservation'),
            cpuShares: integer(parsed, 'cpu-share'),
            cpuQuota: integer(parsed, 'cpu-quota'),
            cpuPeriod: integer(parsed, 'cpu-period'),
            cpusetCpus: parsed.text('cpuset-cpus'),
            cpusetMems: parsed.text('cpuset-mems'),
            pids: integer(parsed, 'pids-limit'),
            blkioWeight: integer(parsed, 'blkio-weight'),
          };
    updateContainer(root, containerId(parsed), limits);
    return 0;
  },
});
