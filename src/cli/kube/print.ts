import type { DownReport, Outcome } from '../../engine/kube/down.ts';
import type { PlayReport } from '../../engine/kube/play.ts';
import { type CliContext, printError, printLine } from '../context.ts';

/** Prints what was made of a file, as podman does. False: some container did not start. */
export function printPlayed(context: CliContext, report: PlayReport): boolean {
  const list = (title: string, names: readonly string[]): void => {
    for (const line of names.length > 0 ? [title, ...names] : []) printLine(context, line);
  };
  list('Volumes:', report.volumes);
  list('Secrets:', report.secrets);
  let failed = 0;
  for (const { id, containers, errors } of report.pods) {
    list('Pod:', [id]);
    if (containers.length === 0) continue;
    list(containers.length === 1 ? 'Container:' : 'Containers:', containers);
    failed += errors.length;
    if (errors.length > 0) printLine(context, '');
    for (const error of errors) context.stderr.write(`${error}\n`);
    printLine(context, '');
  }
  if (failed > 0) context.stderr.write(`Error: failed to start ${failed} containers\n`);
  return failed === 0;
}

/** Prints what was removed, as podman does. False: something was not. */
export function printRemoved(context: CliContext, report: DownReport): boolean {
  const list = (title: string, outcomes: readonly Outcome[]): boolean => {
    printLine(context, title);
    let sound = true;
    for (const outcome of outcomes) {
      if ('done' in outcome) printLine(context, outcome.done);
      else {
        printError(context, outcome.error);
        sound = false;
      }
    }
    return sound;
  };
  const all = [
    list('Pods stopped:', report.stopped),
    list('Pods removed:', report.removed),
    list('Secrets removed:', report.secrets),
    list('Volumes removed:', report.volumes),
  ];
  return all.every(Boolean);
}
