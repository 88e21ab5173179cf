import type { Conversion } from './conversion.ts';
import { imageNameOf, objectNameOf } from './source.ts';
import type { Assignment } from './unit-file.ts';

/** The source of a mount as bryo takes it: a volume's name, an image's, an absolute path. */
function mountSource(conversion: Conversion, entry: Assignment, source: string): string {
  if (/\.(volume|image|build)$/.test(source) && !source.includes('/')) {
    const unit = conversion.sibling(entry, source);
    if (unit === null) return source;
    return unit.name.kind === 'volume' ? objectNameOf(unit) : (imageNameOf(unit) ?? source);
  }
  if (source.startsWith('.')) {
    const path = conversion.path(source);
    conversion.unitLines.push(`RequiresMountsFor=${path}`);
    return path;
  }
  if (/^(\/|%[hts]\/)/i.test(source)) conversion.unitLines.push(`RequiresMountsFor=${source}`);
  return source;
}

function volumeFlag(conversion: Conversion, entry: Assignment): string[] {
  const [source = '', ...rest] = entry.value.split(':');
  // A target alone is an anonymous volume.
  if (rest.length === 0) return ['--volume', entry.value];
  return ['--volume', [mountSource(conversion, entry, source), ...rest].join(':')];
}

function mountFlag(conversion: Conversion, entry: Assignment): string[] {
  const fields = entry.value.split(',').map((field) => {
    const [, key, value] = /^(source|src)=(.*)$/.exec(field) ?? [];
    return key === undefined || value === undefined
      ? field
      : `${key}=${mountSource(conversion, entry, value)}`;
  });
  return ['--mount', fields.join(',')];
}

/** Flags for Volume= and Mount=. */
export function mountFlags(conversion: Conversion): string[] {
  return [
    ...conversion.all('Volume').flatMap((entry) => volumeFlag(conversion, entry)),
    ...conversion.all('Mount').flatMap((entry) => mountFlag(conversion, entry)),
  ];
}

/** Flags for Network=. */
export function networkFlags(conversion: Conversion): string[] {
  return conversion.all('Network').flatMap((entry) => {
    const [name = '', ...rest] = entry.value.split(':');
    if (!/\.(network|container)$/.test(name)) return ['--network', entry.value];
    const unit = conversion.sibling(entry, name);
    if (unit === null) return [];
    if (unit.name.kind === 'container' && rest.length > 0) {
      conversion.fail(entry, `${entry.key}=${entry.value}: a container's network takes no options`);
    }
    const object = objectNameOf(unit);
    const mode = unit.name.kind === 'container' ? `container:${object}` : object;
    return ['--network', [mode, ...rest].join(':')];
  });
}
