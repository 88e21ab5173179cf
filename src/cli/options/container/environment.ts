import type { ContainerOptions } from '../../../request/container.ts';
import type { EnvironmentRequest } from '../../../request/environment.ts';
import { proxyVariables, readEnvironment } from '../../../request/environment.ts';
import { badValue, readListFile } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about the environment of the container's process. */
export const environmentOptions: readonly OptionSpec[] = [
  {
    name: 'env',
    short: 'e',
    value: 'NAME[=VALUE]',
    repeat: true,
    help: 'set an environment variable; without a value, that of the caller',
  },
  {
    name: 'env-file',
    value: 'FILE',
    repeat: true,
    help: 'read environment variables from a file, a line each',
  },
  { name: 'env-host', help: "set the caller's whole environment" },
  {
    name: 'env-merge',
    value: 'NAME=TEXT',
    repeat: true,
    help: "set a variable to a text in which $OTHER stands for the image's value of it",
  },
  {
    name: 'http-proxy',
    on: true,
    help: "set the caller's http_proxy, https_proxy, ftp_proxy and no_proxy, in small and capital letters",
  },
  {
    name: 'unsetenv',
    value: 'NAME',
    repeat: true,
    help: "leave out a variable of the image's or a built-in one",
  },
  { name: 'unsetenv-all', help: "leave out all variables of the image's and the built-in ones" },
];

function callersValues(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function readMerge(word: string): string {
  if (!/^[^=]+=/.test(word)) throw badValue('--env-merge', word, 'NAME=TEXT is needed');
  return word;
}

function readName(word: string): string {
  if (word === '' || word.includes('=')) throw badValue('--unsetenv', word, 'a name is needed');
  return word;
}

function readRequest({ flag, texts }: Invocation): EnvironmentRequest {
  return {
    inherited: {
      ...(flag('http-proxy') && callersValues(proxyVariables)),
      ...(flag('env-host') && callersValues(Object.keys(process.env))),
    },
    merge: texts('env-merge').map(readMerge),
    unset: texts('unsetenv')
      .flatMap((words) => words.split(','))
      .map(readName),
    unsetAll: flag('unsetenv-all'),
  };
}

/** Environment variables; what --env says holds over the files. */
export function readEnvironmentFlags(
  invocation: Invocation,
): Pick<ContainerOptions, 'env' | 'environment'> {
  const { texts } = invocation;
  const files = texts('env-file').flatMap((path) => readListFile('--env-file', path));
  return {
    env: { ...readEnvironment(files), ...readEnvironment(texts('env')) },
    environment: readRequest(invocation),
  };
}
