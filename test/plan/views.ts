import { settingsOf } from '../../src/cgroup/limits.ts';
import type { ContainerRecord } from '../../src/container/record.ts';
import { hostAddress } from '../../src/network/host-address.ts';
import { explainPlan } from '../../src/plan/explain.ts';
import type { LaunchPlan } from '../../src/plan/ops.ts';
import type { OciSpec } from '../../src/plan/spec.ts';

/** A value as lines: a line per leaf or entry of a list, with the path to it. */
export function flattened(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.map((entry) => `${path} ${JSON.stringify(entry)}`);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) => flattened(`${path}.${key}`, part));
  }
  return [`${path} ${JSON.stringify(value)}`];
}

/** A record of a plan in one line, or, as what has many fields, in a line for each of them. */
function planLines(plan: LaunchPlan): string[] {
  return explainPlan(plan)
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ *\d+ +/, ''))
    .flatMap((line) => {
      const [op = '', ...fields] = line.split(/ (?=[a-zA-Z]+=)/);
      return fields.length > 6 ? fields.map((field) => `plan ${op}.${field}`) : [`plan ${line}`];
    });
}

/** All that is decided about a container, as lines that can be compared. */
export interface Decided {
  record: ContainerRecord;
  spec: OciSpec;
  plan: LaunchPlan;
  /** Names and contents of the files that are made for it. */
  files: readonly [name: string, content: string][];
}

/** What shows control groups inside depends on the machine's: hybrid ones look otherwise. */
const ofControlGroups = /^(spec|plan)[. ].*\/sys\/fs\/cgroup/;

/** Lines for each of them, in this order. */
export function decidedLines({ record, spec, plan, files }: Decided): string[] {
  const { options, ...rest } = record;
  const lines = [
    ...flattened('record', rest),
    ...flattened('options', options),
    ...settingsOf(options.resources).map(({ file, value }) => `limit ${file} ${value}`),
    ...files.flatMap(([name, content]) => content.split('\n').map((line) => `${name}: ${line}`)),
    ...flattened('spec', spec),
    ...planLines(plan),
  ];
  const address = hostAddress();
  const ofMachine = (line: string): boolean =>
    ofControlGroups.test(line) || line.startsWith(`hosts: ${address}\t`);
  return lines.filter((line) => !ofMachine(line));
}

/** The lines that are in one list only, in order: `-` of the first, `+` of the second. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const width = after.length + 1;
  // The length of the longest common rest from each pair of places.
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; --i) {
    for (let j = after.length - 1; j >= 0; --j) {
      const same = before[i] === after[j];
      common[i * width + j] = same
        ? (common[(i + 1) * width + j + 1] ?? 0) + 1
        : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1;
      j += 1;
    } else if (
      j >= after.length ||
      (i < before.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      lines.push(`- ${before[i++]}`);
    } else {
      lines.push(`+ ${after[j++]}`);
    }
  }
  return lines;
}
