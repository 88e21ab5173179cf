import { ownEnvironment } from '../native/environment.ts';
import type { OciHook } from '../plan/spec.ts';
import type { Fields } from './fields.ts';

/** Hooks by the point at which they run (config.md, "POSIX-platform Hooks"). */
export interface Hooks {
  createRuntime: OciHook[];
  createContainer: OciHook[];
  startContainer: OciHook[];
  poststart: OciHook[];
  poststop: OciHook[];
}

/**
 * Reads `hooks`. Without an environment of its own a hook has this process's or, where the payload is about to
 * be started, the payload's, as with other runtimes.
 */
export function readHooks(config: Fields): Hooks {
  const hooks = config.optionalObject('hooks');
  const read = (point: string, inherited: string[] | null): OciHook[] =>
    (hooks?.objects(point) ?? []).map((fields, index) => {
      const path = fields.text('path');
      if (!path.startsWith('/')) throw fields.wrong('path', 'is not an absolute path');
      const timeout = fields.optionalInteger('timeout');
      if (timeout !== null && timeout <= 0) throw fields.wrong('timeout', 'is not above zero');
      const env = fields.texts('env');
      return {
        name: `${point} hook #${index}`,
        path,
        args: fields.texts('args'),
        env: env.length > 0 ? env : inherited,
        timeout: timeout ?? 0,
        ...(point === 'prestart' && { prestart: true }),
      };
    });
  const own = hooks === null ? [] : ownEnvironment();
  return {
    // The deprecated prestart hooks run first, at the same point.
    createRuntime: [...read('prestart', own), ...read('createRuntime', own)],
    createContainer: read('createContainer', own),
    startContainer: read('startContainer', null),
    poststart: read('poststart', own),
    poststop: read('poststop', own),
  };
}
