import { parseSignal } from '../../base/signals.ts';
import type { ImageSettings } from '../../image/settings.ts';
import type { Field } from './field.ts';

const port = /^\d{1,5}\/(tcp|udp|sctp)$/;

/** The names of an object that is a set; absent: it has none. */
function nameSet(field: Field): Record<string, object> | undefined {
  const names = field.entries().map(([name]) => [name, {}]);
  return names.length === 0 ? undefined : Object.fromEntries(names);
}

function readPorts(field: Field): Record<string, object> | undefined {
  for (const [name, one] of field.entries()) {
    if (!port.test(name)) throw one.problem('PORT/tcp, udp or sctp is needed');
  }
  return nameSet(field);
}

function readSignal(field: Field): string | undefined {
  const word = field.word();
  if (word !== null && parseSignal(word) === null) throw field.problem('there is no such signal');
  return word ?? undefined;
}

function listOf(field: Field): string[] | undefined {
  const words = field.words();
  return words.length === 0 ? undefined : words;
}

/** The settings of an image that a commit is asked for (Docker Engine API, ContainerConfig). What is empty says nothing. */
export function readImageConfig(body: Field): ImageSettings {
  const labels = body.get('Labels').textMap();
  const found: { [Name in keyof ImageSettings]: ImageSettings[Name] | undefined } = {
    Cmd: listOf(body.get('Cmd')),
    Entrypoint: listOf(body.get('Entrypoint')),
    Env: listOf(body.get('Env')),
    ExposedPorts: readPorts(body.get('ExposedPorts')),
    Labels: Object.keys(labels).length === 0 ? undefined : labels,
    OnBuild: listOf(body.get('OnBuild')),
    StopSignal: readSignal(body.get('StopSignal')),
    User: body.get('User').word() ?? undefined,
    Volumes: nameSet(body.get('Volumes')),
    WorkingDir: body.get('WorkingDir').word() ?? undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
