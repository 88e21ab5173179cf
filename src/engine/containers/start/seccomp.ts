import type { ContainerRecord } from '../../../container/record.ts';
import { seccompProgram } from '../../../container/seccomp/program.ts';
import type { SeccompInput } from '../../../plan/launch-input.ts';
import type { OciProcess } from '../../../plan/spec.ts';
import type { Engine } from '../../engine.ts';

/** The filter of a container's process, which depends on what the process may do; null: none. */
export async function seccompInput(
  { store }: Engine,
  { options }: ContainerRecord,
  { capabilities }: OciProcess,
): Promise<SeccompInput | null> {
  const program = await seccompProgram(store, options.security.seccomp, capabilities.bounding);
  return program === null ? null : { program, flags: 0, listener: null };
}
