import type { OciMemoryPolicy } from '../plan/spec.ts';
import type { Fields } from './fields.ts';
import { readNumberList } from './process.ts';

/** Values of set_mempolicy(2). */
const modes: Record<string, number> = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
};

/** Modes that are about all nodes, or those of the caller. */
const nodeless: readonly string[] = ['MPOL_DEFAULT', 'MPOL_LOCAL'];

const flagValues: Record<string, number> = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
};

/** Names that a configuration may have, for `features`. */
export const memoryPolicyModes: readonly string[] = Object.keys(modes);
export const memoryPolicyFlags: readonly string[] = Object.keys(flagValues);

/** As many as the kernel can be built for. */
const nodeNumbers = { most: 1024, what: 'memory policy node' };

/** Reads `linux.memoryPolicy` (config-linux.md, "Memory policy"). */
export function readMemoryPolicy(linux: Fields | null): OciMemoryPolicy | undefined {
  const fields = linux?.optionalObject('memoryPolicy') ?? null;
  if (fields === null) return undefined;
  // Engines look for these words of other runtimes.
  const name = fields.optionalText('mode') ?? '';
  const mode = modes[name];
  if (mode === undefined) throw fields.wrong('mode', `is an invalid memory policy mode: "${name}"`);
  const flags = fields.texts('flags').map((flag) => {
    const value = flagValues[flag];
    if (value === undefined)
      throw fields.wrong('flags', `has the invalid memory policy flag ${flag}`);
    return value;
  });
  const nodes = readNumberList(fields, 'nodes', nodeNumbers) ?? [];
  if (nodes.length > 0 && nodeless.includes(name)) {
    throw fields.wrong(
      'nodes',
      `does not fit: ${name} mode requires 0 nodes but got ${nodes.length}`,
    );
  }
  return { mode: flags.reduce((all, flag) => all | flag, mode), nodes };
}
