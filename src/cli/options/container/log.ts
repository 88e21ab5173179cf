import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import { parseSize } from '../../../base/size.ts';
import { configText } from '../../../config/config.ts';
import { journalSocket } from '../../../event/event-file.ts';
import { keepsJournal } from '../../../event/kept-journal.ts';
import { addon } from '../../../native/addon.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { defaultLog, type LogRequest } from '../../../request/log.ts';
import { unknownTagWord } from '../../../request/log-tag.ts';
import { badValue, readNumber, readPair } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about the log. */
export const logOptions: readonly OptionSpec[] = [
  {
    name: 'log-driver',
    value: 'DRIVER',
    choices: ['k8s-file', 'json-file', 'journald', 'none', 'passthrough', 'passthrough-tty'],
    help: "k8s-file (json-file is written the same), journald, none, passthrough (the caller's own streams) or passthrough-tty (also where they are a terminal); unless given, journald where the caller has a journal and asks nothing of a file, else k8s-file",
  },
  {
    name: 'log-opt',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'max-size=SIZE (10m), max-file=N (3), path=FILE; with journald tag=TEXT, where {{.Name}}, {{.ID}}, {{.ImageName}} and their like stand for what they say',
  },
];

function readDriver(driver: string): LogRequest['driver'] {
  switch (driver) {
    case 'json-file':
    case 'k8s-file':
    case 'none':
    case 'passthrough-tty':
      return driver;
    case 'journald':
      if (existsSync(journalSocket)) return driver;
      throw badValue('--log-driver', driver, 'there is no journal on this machine');
    case 'passthrough':
      if (![0, 1, 2].some((fd) => addon().terminalSize(fd) !== null)) return driver;
      throw badValue(
        '--log-driver',
        driver,
        'it cannot be used on a terminal: passthrough-tty can',
      );
    default:
      throw new BryoError(
        'bad-flag-value',
        `running container create option: invalid log driver: invalid argument: --log-driver ${JSON.stringify(driver)}`,
        { hint: 'k8s-file, json-file, journald, none, passthrough or passthrough-tty is needed' },
      );
  }
}

function readTag(text: string): string {
  const unknown = unknownTagWord(text);
  if (unknown === null) return text;
  throw badValue('--log-opt tag', text, `there is no {{.${unknown}}}`);
}

/** Options that are about a file and nothing else. */
const fileOption = /^(path|max-size|max-file)=/;

/** The driver of a container whose flags name none. */
function usualDriver(options: readonly string[]): LogRequest['driver'] {
  if (options.some((option) => fileOption.test(option))) return defaultLog().driver;
  return keepsJournal() ? 'journald' : defaultLog().driver;
}

function readLog(invocation: Invocation): LogRequest {
  const log = defaultLog();
  const driver = invocation.text('log-driver');
  log.driver = driver === null ? usualDriver(invocation.texts('log-opt')) : readDriver(driver);
  const configured = configText(invocation.context.engine.config, 'containers.log_tag');
  if (configured !== null && log.driver === 'journald') log.tag = readTag(configured);
  for (const option of invocation.texts('log-opt')) {
    const [key, value] = readPair(option);
    if (key === 'max-size') log.maxSize = value === '-1' ? 0 : parseSize(value, 1000);
    else if (key === 'max-file') log.maxFiles = readNumber('--log-opt max-file', value, 1);
    else if (key === 'path' && value !== '') log.path = resolve(value);
    else if (key === 'tag' && log.driver === 'journald') log.tag = readTag(value);
    else {
      throw badValue('--log-opt', option, 'max-size, max-file, path and, with journald, tag');
    }
  }
  return log;
}

/** Where the container's output goes. */
export function readLogFlags(invocation: Invocation): Pick<ContainerOptions, 'log'> {
  return { log: readLog(invocation) };
}
