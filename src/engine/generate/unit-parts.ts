import { version } from '../../base/version.ts';
import type { ContainerRecord } from '../../container/record.ts';
import type { ServiceUnitOptions } from '../../quadlet/service-unit.ts';
import type { UnitRequest } from './unit-request.ts';

/** A container's own policy in systemd's words. */
export function ownRestart({ options }: ContainerRecord): string {
  const { policy } = options.restart;
  if (policy === 'no') return 'on-failure';
  return policy === 'unless-stopped' ? 'always' : policy;
}

/** The name of a unit, without `.service`: PREFIX-NAME, or with the id. */
export function unitName(
  { naming }: UnitRequest,
  kind: 'container' | 'pod',
  { id, name }: { id: string; name: string },
): string {
  const prefix = naming[kind];
  const separator = prefix === '' ? '' : naming.separator;
  return `${prefix}${separator}${naming.byName ? name : id}`;
}

/** The parts of a unit that are asked for, or its name. */
export function commonParts(
  { header, dependencies, environment, restartSec, startTimeout }: UnitRequest,
  name: string,
): Pick<
  ServiceUnitOptions,
  'name' | 'header' | 'description' | 'dependencies' | 'environment' | 'restartSec' | 'startTimeout'
> {
  const lines = [`${name}.service`, `Made by bryo ${version} on ${new Date().toUTCString()}`];
  return {
    name,
    header: header ? lines : [],
    description: `bryo ${name}.service`,
    dependencies,
    environment: environment.map((pair) => pair.replaceAll('%', '%%')),
    restartSec,
    startTimeout,
  };
}
