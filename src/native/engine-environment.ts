import { names } from '../contract/names.ts';

/** The variables that addon/front/engine_environment.cc sets for the engine. */
const settings = ['BUN_JSC_useJIT', 'MIMALLOC_ALLOW_THP', 'UV_THREADPOOL_SIZE'];

/**
 * Gives the environment back as the caller has it: containers may be asked to take values from there.
 * The engine has read its own by now and is not changed by them.
 */
export function restoreEnvironment(environment: NodeJS.ProcessEnv = process.env): void {
  for (const name of settings) delete environment[name];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(names.heldPrefix)) continue;
    delete environment[name];
    environment[name.slice(names.heldPrefix.length)] = value;
  }
}
