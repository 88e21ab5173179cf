import { Conversion } from './conversion.ts';
import { convertContainer } from './convert-container.ts';
import { otherConversions } from './convert-others.ts';
import { type InstallLink, installLinks } from './install-links.ts';
import { isUnitName } from './kinds.ts';
import type { Problem } from './problem.ts';
import { type SourceUnit, type Surroundings, serviceOf } from './source.ts';

/** A service file that was made of a unit file. */
export interface Service {
  name: string;
  text: string;
  links: InstallLink[];
}

/** Without a service when one of the problems is an error. */
export interface Converted {
  source: SourceUnit;
  service: Service | null;
  problems: Problem[];
}

/** Dependencies of [Unit] in which names of unit files stand for their services. */
const dependencyKeys = new Set([
  ...['Wants', 'Requires', 'Requisite', 'BindsTo', 'PartOf', 'Upholds', 'Conflicts'],
  ...['Before', 'After', 'OnFailure', 'OnSuccess', 'PropagatesReloadTo', 'ReloadPropagatedFrom'],
  ...['PropagatesStopTo', 'StopPropagatedFrom', 'JoinsNamespaceOf'],
]);

/** Targets of the machine's manager that a user's one has not got. */
const machineTargets = /\b(multi-user|graphical|network|network-online|local-fs|sysinit)\.target\b/;

function checkSections(conversion: Conversion): void {
  const known = ['Unit', 'Service', 'Install', 'Quadlet', conversion.section];
  for (const { name, file, line } of conversion.source.unit.sections) {
    if (known.includes(name) || name.startsWith('X-')) continue;
    const message = `unknown section [${name}]`;
    conversion.problems.push({ file, line, message, severity: 'warning' });
  }
  if (!conversion.source.unit.hasSection(conversion.section)) {
    conversion.fail(null, `no [${conversion.section}] section`);
  }
  for (const entry of conversion.source.unit.of('Quadlet')) {
    // bryo's services wait for no network: its readiness is not theirs to wait for.
    if (entry.key === 'DefaultDependencies') conversion.readBoolean(entry);
    else conversion.fail(entry, `unknown key ${entry.key}= in [Quadlet]`);
  }
}

function checkTargets(conversion: Conversion): void {
  for (const key of ['WantedBy', 'RequiredBy', 'UpheldBy']) {
    for (const entry of conversion.source.unit.all('Install', key)) {
      const [, target] = machineTargets.exec(entry.value) ?? [];
      if (target === undefined) continue;
      conversion.warn(
        entry,
        `${key}=${target}.target: a user's manager has no such target, so nothing starts it: use default.target`,
      );
    }
  }
}

function checkServiceName(conversion: Conversion, name: string): void {
  if (isUnitName(name)) return;
  conversion.fail(
    conversion.last('ServiceName'),
    `${name} is no name of a unit: ASCII letters, digits and :-_.@\\ are`,
  );
}

function sectionLines(conversion: Conversion, section: string): string[] {
  return conversion.source.unit.of(section).map((entry) => {
    const value =
      section === 'Unit' && dependencyKeys.has(entry.key)
        ? conversion.translateUnits(entry)
        : entry.value;
    return `${entry.key}=${value}`;
  });
}

function extraSections(conversion: Conversion): string[] {
  const names = conversion.source.unit.sections.map(({ name }) => name);
  return [...new Set(names)].filter((name) => name.startsWith('X-'));
}

function block(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n[${name}]\n${lines.join('\n')}\n`;
}

function render(conversion: Conversion): string {
  const { source } = conversion;
  const unit = [
    `SourcePath=${source.path}`,
    ...conversion.unitLines,
    ...sectionLines(conversion, 'Unit'),
  ];
  return [
    `# Made by bryo of ${source.path}; see bryo-systemd.unit(5).\n`,
    block('Unit', unit),
    block(`X-${conversion.section}`, sectionLines(conversion, conversion.section)),
    ...extraSections(conversion).map((name) => block(name, sectionLines(conversion, name))),
    // Lines of the file come later, so that they count.
    block('Service', [...conversion.serviceLines, ...sectionLines(conversion, 'Service')]),
    block('Install', sectionLines(conversion, 'Install')),
  ].join('');
}

/** Makes a service of a unit file. */
export function convertUnit(source: SourceUnit, around: Surroundings): Converted {
  const conversion = new Conversion(source, around);
  const { kind } = source.name;
  checkSections(conversion);
  conversion.checkKeys();
  if (kind === 'container') convertContainer(conversion);
  else otherConversions[kind](conversion);
  checkTargets(conversion);
  const name = serviceOf(source);
  checkServiceName(conversion, name);
  const links = installLinks(conversion, name);
  const text = render(conversion);
  const failed = conversion.problems.some(({ severity }) => severity === 'error');
  const service = failed ? null : { name, text, links };
  return { source, service, problems: conversion.problems };
}

/** Converts all units; two that make the same service are a problem of the second. */
export function convertUnits(around: Surroundings): Converted[] {
  const made = new Map<string, string>();
  return around.units.map((source) => {
    const converted = convertUnit(source, around);
    if (converted.service === null) return converted;
    const { name } = converted.service;
    const other = made.get(name);
    if (other === undefined) {
      made.set(name, source.path);
      return converted;
    }
    const message = `${name} is made of ${other} already`;
    const problem = { file: source.path, line: null, message, severity: 'error' } as const;
    return { ...converted, service: null, problems: [...converted.problems, problem] };
  });
}
