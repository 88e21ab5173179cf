import { readFileSync } from 'node:fs';
import type { LimitsRequest } from '../../../request/container.ts';
import type { CgroupsRequest } from '../../../request/limits.ts';
import { readUlimit } from '../../../request/limits.ts';
import { badValue, readNumber, readPair } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { readCgroupConf, readNewResources, resourceOptions } from '../resource-options.ts';

export const cgroupsOption = {
  name: 'cgroups',
  value: 'MODE',
  choices: ['enabled', 'disabled', 'no-conmon', 'split'],
  help: "enabled: a control group of its own where there can be one; disabled: the caller's; no-conmon: one that its monitor stays out of; split: halves of the caller's, as a service with Delegate=yes wants it",
} satisfies OptionSpec;

/** Flags of `run` and `create` about limits. */
export const limitOptions: readonly OptionSpec[] = [
  ...resourceOptions,
  {
    name: 'kernel-memory',
    value: 'SIZE',
    help: 'nothing any more: Linux counts kernel memory with --memory',
  },
  {
    name: 'cgroup-conf',
    value: 'FILE=VALUE',
    repeat: true,
    help: 'write to a file of the control group, such as memory.high=64M',
  },
  { ...cgroupsOption, default: 'enabled' },
  {
    name: 'cgroup-parent',
    value: 'PARENT',
    help: 'slice (with systemd) or path below which the control group is made',
  },
  {
    name: 'oom-score-adj',
    value: 'NUMBER',
    help: 'how soon the container is killed when memory runs out, -1000 to 1000',
  },
  {
    name: 'ulimit',
    value: 'NAME=SOFT[:HARD]',
    repeat: true,
    help: 'resource limit, such as nofile=1024:2048',
  },
  {
    name: 'sysctl',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'kernel setting of the container’s own namespaces',
  },
];

/** Throws BryoError for a mode that there is not. */
export function readCgroups(text: string): CgroupsRequest {
  if (text === 'enabled' || text === 'disabled' || text === 'split' || text === 'no-conmon') {
    return text;
  }
  throw badValue('--cgroups', text, 'enabled, disabled, no-conmon or split is needed');
}

/** Without root nobody gets less than the caller has: that is taken instead, with a warning. */
function readOomScore({ text, context }: Invocation): number | null {
  const word = text('oom-score-adj');
  if (word === null) return null;
  const score = readNumber('--oom-score-adj', word, -1000);
  if (score > 1000) throw badValue('--oom-score-adj', word, 'at most 1000');
  if (process.geteuid?.() === 0) return score;
  const own = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  if (score >= own) return score;
  context.engine.log(
    'warn',
    `Requested oom_score_adj=${score} is lower than the current one, changing to ${own}`,
  );
  return own;
}

/** Control groups and other limits. */
export function readLimits(invocation: Invocation): LimitsRequest {
  const { text, texts } = invocation;
  if (invocation.given('kernel-memory')) {
    invocation.context.engine.log(
      'warn',
      'The --kernel-memory flag is no longer supported. This flag is a noop.',
    );
  }
  return {
    cgroups: readCgroups(text('cgroups') ?? 'enabled'),
    cgroupParent: text('cgroup-parent'),
    resources: { ...readNewResources(invocation), unified: readCgroupConf(texts('cgroup-conf')) },
    oomScoreAdj: readOomScore(invocation),
    ulimits: texts('ulimit').flatMap(readUlimit),
    sysctls: Object.fromEntries(texts('sysctl').map(readPair)),
  };
}
