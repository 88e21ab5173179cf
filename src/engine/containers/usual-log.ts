import { existsSync } from 'node:fs';
import { configText } from '../../config/config.ts';
import { journalSocket } from '../../event/event-file.ts';
import { keepsJournal } from '../../event/kept-journal.ts';
import { defaultLog, type LogRequest } from '../../request/log.ts';
import type { Engine } from '../engine.ts';

/** The driver of containers that ask for none: the configured one, else the journal where one is kept. */
function usualDriver({ config }: Pick<Engine, 'config'>): string {
  return (
    configText(config, 'containers.log_driver') ??
    (keepsJournal() ? 'journald' : defaultLog().driver)
  );
}

/** The log that a driver means; null: the usual one. Throws what `refuse` makes for one that cannot be had. */
export function usualLog(
  engine: Pick<Engine, 'config'>,
  asked: string | null,
  refuse: (why: string) => Error,
): LogRequest {
  const driver = asked ?? usualDriver(engine);
  switch (driver) {
    case 'json-file':
    case 'k8s-file':
    case 'none':
      return { ...defaultLog(), driver };
    case 'journald':
      if (!existsSync(journalSocket)) throw refuse('there is no journal on this machine');
      return { ...defaultLog(), driver, tag: configText(engine.config, 'containers.log_tag') };
    default:
      throw refuse(`${JSON.stringify(driver)} is none of json-file, k8s-file, journald and none`);
  }
}
