import type { RuntimeCommand } from './command.ts';

interface Entry {
  names: readonly string[];
  load(): Promise<RuntimeCommand>;
}

function entry(names: string, load: () => Promise<{ command: RuntimeCommand }>): Entry {
  return { names: names.split(' '), load: async () => (await load()).command };
}

/** The commands of `bryo-oci`; only the one that is called is loaded. */
export const runtimeCommands: readonly Entry[] = [
  entry('create', () => import('./create.ts')),
  entry('start', () => import('./start.ts')),
  entry('run', () => import('./run.ts')),
  entry('exec', () => import('./exec.ts')),
  entry('state', () => import('./state.ts')),
  entry('kill', () => import('./kill.ts')),
  entry('delete', () => import('./delete.ts')),
  entry('list', () => import('./list.ts')),
  entry('events', () => import('./events.ts')),
  entry('ps', () => import('./ps.ts')),
  entry('pause', () => import('./pause.ts')),
  entry('resume', () => import('./resume.ts')),
  entry('update', () => import('./update.ts')),
  entry('spec', () => import('./spec.ts')),
  entry('features', () => import('./features.ts')),
];
