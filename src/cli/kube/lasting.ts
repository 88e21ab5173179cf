import type { PlayReport } from '../../engine/kube/play.ts';
import { awaitPods, processesOf, propagations, tellReady } from '../../engine/kube/service.ts';
import { addon } from '../../native/addon.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { libexecPath } from '../../native/locate.ts';
import { readChoice } from '../../request/values.ts';
import type { Invocation, OptionSpec } from '../command.ts';

/** Flags of the services of .kube files. */
export const serviceOptions: readonly OptionSpec[] = [
  {
    name: 'service-container',
    help: 'stay until the pods have ended, or are stopped by SIGTERM, and tell the service manager once they run; for services of .kube files',
  },
  {
    name: 'service-exit-code-propagation',
    value: 'WHICH',
    default: 'none',
    choices: propagations,
    help: 'whether failures of containers are one of the service: none, any of them, or when all have failed',
  },
];

/** Resolves once the user, or a service manager, wants an end. */
function interruption(): { wanted: Promise<true>; forget(): void } {
  let told: () => void = () => {};
  const wanted = new Promise<true>((resolve) => {
    told = () => resolve(true);
  });
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, told);
  return {
    wanted,
    forget() {
      for (const signal of signals) process.off(signal, told);
    },
  };
}

/** Plays, and waits for the end of the pods or of the user's patience. */
export async function untilTheEnd(
  { context }: Invocation,
  play: () => Promise<PlayReport>,
): Promise<{ report: PlayReport; interrupted: boolean }> {
  const interrupt = interruption();
  try {
    const report = await play();
    const ended = awaitPods(context.engine, report.pods).then(() => false);
    return { report, interrupted: await Promise.race([interrupt.wanted, ended]) };
  } finally {
    interrupt.forget();
  }
}

/**
 * Plays for a service manager, and becomes a small process then that waits for the pods and ends the service by
 * `kube service-end`.
 */
export async function playAsService(
  invocation: Invocation,
  play: () => Promise<PlayReport>,
): Promise<number> {
  const { engine, globalWords } = invocation.context;
  const asked = invocation.text('service-exit-code-propagation');
  const flag = '--service-exit-code-propagation';
  const propagation = readChoice(flag, asked || null, propagations) ?? 'none';
  const { pods } = await play();
  if (pods.length === 0) {
    tellReady(engine);
    return 0;
  }
  const processes = processesOf(engine, pods);
  const end = ['kube', 'service-end', '--propagation', propagation, ...pods.map(({ id }) => id)];
  const program = [libexecPath('bryo'), ...globalWords, ...end];
  const words = ['bryo-launcher', 'await-ends', ...processes, '--', ...program];
  tellReady(engine);
  return addon().exec(libexecPath('bryo-launcher'), words, ownEnvironment(), [0, 1, 2]);
}
