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

const flagValues: Record<string, number> = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
};

/** As many as the kernel can be built for. */
const mostNodes = 1024;

/** Reads `linux.memoryPolicy` (config-linux.md, "Memory policy"). */
export function readMemoryPolicy(linux: Fields | null): OciMemoryPolicy | undefined {
  const fields = linux?.optionalObject('memoryPolicy') ?? null;
  if (fields === null) return undefined;
  const mode = modes[fields.text('mode')];
  if (mode === undefined) throw fields.wrong('mode', 'is no memory policy');
  const flags = fields.texts('flags').map((flag) => {
    const value = flagValues[flag];
    if (value === undefined) throw fields.wrong('flags', `has the unknown ${flag}`);
    return value;
  });
  const nodes = readNumberList(fields, 'nodes') ?? [];
  if (nodes.some((node) => node >= mostNodes)) {
    throw fields.wrong('nodes', `has a number above ${mostNodes - 1}`);
  }
  return { mode: flags.reduce((all, flag) => all | flag, mode), nodes };
}
