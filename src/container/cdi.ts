import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from '../base/json-object.ts';
import type { DeviceRequest } from '../request/devices.ts';
import { readPlainBindWords } from '../request/mounts/bind-words.ts';
import type { MountRequest } from '../request/mounts/types.ts';

/** The additions that devices of CDI make to a container (Container Device Interface, SPEC.md). */
export interface CdiEdits {
  devices: DeviceRequest[];
  mounts: MountRequest[];
  env: Record<string, string>;
}

interface Device {
  name: string;
  edits: unknown[];
}

const namePattern =
  /^[A-Za-z][\w.-]*[A-Za-z0-9]\/[A-Za-z](?:[\w.-]*[A-Za-z0-9])?=[A-Za-z0-9](?:[\w.:-]*[A-Za-z0-9])?$/;
const most = 1 << 20;

/** Whether a value of --device names a device of CDI: `vendor.com/class=name`. */
export function isCdiName(text: string): boolean {
  return namePattern.test(text);
}

/** Where descriptions of devices are; what comes later counts more. */
export function cdiDirectories(env: NodeJS.ProcessEnv = process.env): string[] {
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? homedir(), '.config');
  return ['/etc/cdi', '/run/cdi', join(config, 'cdi')];
}

function wrong(path: string, why: string): BryoError {
  return new BryoError('bad-cdi', `the device description ${path} cannot be used: ${why}`);
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function descriptions(directory: string): string[] {
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw wrong(directory, errnoCode(error) ?? String(error));
  }
}

function readDevices(path: string): Device[] {
  if (statSync(path).size > most) throw wrong(path, 'it is larger than 1 MiB');
  let spec: Record<string, unknown>;
  try {
    spec = object(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw wrong(path, cause instanceof SyntaxError ? 'it is not JSON' : String(errnoCode(cause)));
  }
  return list(spec['devices']).map((device) => {
    const { name, containerEdits } = object(device);
    return {
      name: `${text(spec['kind'])}=${text(name)}`,
      edits: [spec['containerEdits'], containerEdits],
    };
  });
}

/** The description of a device; the last one of that name. */
function findDevice(
  name: string,
  directories: readonly string[],
): { path: string; device: Device } {
  const files = directories.flatMap(descriptions);
  for (const path of files.filter((file) => file.endsWith('.json')).reverse()) {
    const device = readDevices(path).find((candidate) => candidate.name === name);
    if (device !== undefined) return { path, device };
  }
  const yaml = files.find((file) => /\.ya?ml$/.test(file));
  throw new BryoError('no-such-device', `--device ${name}: no such CDI device`, {
    hint:
      yaml === undefined
        ? `descriptions are looked for in ${directories.join(', ')}`
        : `only descriptions in JSON are read, and ${yaml} is YAML`,
  });
}

function readNode(path: string, value: unknown): DeviceRequest {
  const node = object(value);
  const target = text(node['path']);
  const source = text(node['hostPath']) || target;
  const permissions = text(node['permissions']) || 'rwm';
  if (!source.startsWith('/') || !target.startsWith('/') || !/^[rwm]{1,3}$/.test(permissions)) {
    throw wrong(path, 'a device node has no absolute path or other permissions than rwm');
  }
  return { source, target, permissions };
}

function readMount(path: string, name: string, value: unknown): MountRequest {
  const mount = object(value);
  const source = text(mount['hostPath']);
  const target = text(mount['containerPath']);
  if (!source.startsWith('/') || !target.startsWith('/') || target === '/') {
    throw wrong(path, 'a mount has no absolute paths');
  }
  const { readOnly, ...how } = readPlainBindWords(list(mount['options']).map(text), (why) =>
    wrong(path, `the mount options of ${target}: ${why}`),
  );
  return { kind: 'bind', source, target, readOnly, origin: `--device ${name}`, how };
}

function readVariable(path: string, value: unknown): [string, string] {
  const word = text(value);
  const equals = word.indexOf('=');
  if (equals < 1) throw wrong(path, `${JSON.stringify(value)} is no variable`);
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** Refuses what bryo does not do, rather than to leave it out in silence. */
function refuseHooks(path: string, name: string, edits: Record<string, unknown>): void {
  const [hook] = list(edits['hooks']).map(object);
  if (hook !== undefined) {
    throw new BryoError(
      'bad-cdi',
      `--device ${name}: its description ${path} has the hook ${JSON.stringify(text(hook['path']))}, and programs of descriptions are not run`,
      { hint: 'make a description without hooks' },
    );
  }
  const other = ['intelRdt', 'additionalGids', 'netDevices'].find(
    (key) => edits[key] !== undefined,
  );
  if (other !== undefined) throw wrong(path, `${other} is not supported`);
}

/**
 * The additions that the named devices make to a container. Their descriptions are the administrator's or the
 * caller's own files. Throws BryoError `no-such-device` or `bad-cdi`.
 */
export function resolveCdi(names: readonly string[], directories: readonly string[]): CdiEdits {
  const result: CdiEdits = { devices: [], mounts: [], env: {} };
  const targets = new Set<string>();
  const isNew = (target: string): boolean => !targets.has(target) && targets.add(target).size > 0;
  for (const name of new Set(names)) {
    const { path, device } = findDevice(name, directories);
    for (const edits of device.edits.map(object)) {
      refuseHooks(path, name, edits);
      const nodes = list(edits['deviceNodes']).map((node) => readNode(path, node));
      const mounts = list(edits['mounts']).map((mount) => readMount(path, name, mount));
      // The edits of a kind come with each of its devices.
      result.devices.push(...nodes.filter(({ target }) => isNew(target)));
      result.mounts.push(...mounts.filter(({ target }) => isNew(target)));
      Object.assign(
        result.env,
        Object.fromEntries(list(edits['env']).map((word) => readVariable(path, word))),
      );
    }
  }
  return result;
}
