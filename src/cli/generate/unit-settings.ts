import { version } from '../../base/version.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { ServiceUnitOptions } from '../../quadlet/service-unit.ts';
import { badValue, readNumber } from '../../request/values.ts';
import type { Invocation } from '../command.ts';

export const restartPolicies = [
  ...['no', 'on-success', 'on-failure', 'on-abnormal', 'on-watchdog', 'on-abort', 'always'],
];

/** The policy that the command line asks for; null: none. */
export function askedRestart(invocation: Invocation): string | null {
  const asked = invocation.text('restart-policy');
  if (asked === null || restartPolicies.includes(asked)) return asked;
  throw badValue('--restart-policy', asked, `one of ${restartPolicies.join(', ')} is needed`);
}

/** A container's own policy in systemd's words. */
export function ownRestart({ options }: ContainerRecord): string {
  const { policy } = options.restart;
  if (policy === 'no') return 'on-failure';
  return policy === 'unless-stopped' ? 'always' : policy;
}

/** Seconds of a flag; null: not given. */
export function readSeconds(invocation: Invocation, flag: string): number | null {
  const text = invocation.text(flag);
  return text === null ? null : readNumber(`--${flag}`, text, 0);
}

/** `NAME`, or that of the caller; `PREFIX*`: all of the caller's that begin so. */
function readEnvironment(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    if (word.includes('=')) return [word];
    const entries = Object.entries(process.env).filter(([name]) =>
      word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word,
    );
    return entries.map(([name, value]) => `${name}=${value ?? ''}`);
  });
}

/** The name of a unit, without `.service`: PREFIX-NAME, or with the id. */
export function unitName(
  invocation: Invocation,
  kind: 'container' | 'pod',
  { id, name }: { id: string; name: string },
): string {
  const prefix = invocation.text(`${kind}-prefix`) ?? kind;
  const separator = prefix === '' ? '' : (invocation.text('separator') ?? '-');
  return `${prefix}${separator}${invocation.flag('name') ? name : id}`;
}

/** The parts of a unit that the command line says, or its name. */
export function commonParts(
  invocation: Invocation,
  name: string,
): Pick<
  ServiceUnitOptions,
  'name' | 'header' | 'description' | 'dependencies' | 'environment' | 'restartSec' | 'startTimeout'
> {
  const header = [`${name}.service`, `Made by bryo ${version} on ${new Date().toUTCString()}`];
  return {
    name,
    header: invocation.flag('no-header') ? [] : header,
    description: `bryo ${name}.service`,
    dependencies: {
      wants: invocation.texts('wants'),
      after: invocation.texts('after'),
      requires: invocation.texts('requires'),
    },
    environment: readEnvironment(invocation.texts('env')).map((pair) => pair.replaceAll('%', '%%')),
    restartSec: readSeconds(invocation, 'restart-sec'),
    startTimeout: readSeconds(invocation, 'start-timeout'),
  };
}
