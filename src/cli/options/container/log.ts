import { resolve } from 'node:path';
import { parseSize } from '../../../base/size.ts';
import {
  type ContainerOptions,
  defaultContainerOptions,
  type LogRequest,
} from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue, readNumber, readPair } from '../read-values.ts';

/** Flags of `run` and `create` about the log. */
export const logOptions: readonly OptionSpec[] = [
  {
    name: 'log-driver',
    value: 'DRIVER',
    default: 'k8s-file',
    choices: ['k8s-file', 'json-file', 'none', 'passthrough'],
    help: 'k8s-file (json-file means the same), none or passthrough',
  },
  {
    name: 'log-opt',
    value: 'KEY=VALUE',
    repeat: true,
    help: 'max-size=SIZE (10m), max-file=N (3), path=FILE',
  },
];

function readLog(invocation: Invocation): LogRequest {
  const log = { ...defaultContainerOptions().log };
  const driver = invocation.text('log-driver') ?? 'k8s-file';
  if (driver === 'none' || driver === 'passthrough') log.driver = driver;
  else if (driver !== 'k8s-file' && driver !== 'json-file') {
    throw badValue('--log-driver', driver, 'k8s-file, none or passthrough is needed');
  }
  for (const option of invocation.texts('log-opt')) {
    const [key, value] = readPair(option);
    if (key === 'max-size') log.maxSize = value === '-1' ? 0 : parseSize(value);
    else if (key === 'max-file') log.maxFiles = readNumber('--log-opt max-file', value, 1);
    else if (key === 'path' && value !== '') log.path = resolve(value);
    else throw badValue('--log-opt', option, 'max-size, max-file and path are known');
  }
  return log;
}

/** Where the container's output goes. */
export function readLogFlags(invocation: Invocation): Pick<ContainerOptions, 'log'> {
  return { log: readLog(invocation) };
}
