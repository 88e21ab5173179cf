import type { Sandbox } from './bryo.ts';
import { buildContext } from './build-context.ts';

/** The steps of a test of builds: contexts under fresh names, builds of them, and what images say of themselves. */
export function openBuilds(sandbox: Sandbox) {
  let contexts = 0;
  return {
    context(containerfile: string, files: Parameters<typeof buildContext>[2] = {}): string {
      contexts += 1;
      return buildContext(sandbox, `c${contexts}`, { Containerfile: containerfile, ...files });
    },

    /** Builds, with words that are the same whatever runs beside; gives all that was said. */
    build(directory: string, ...flags: string[]): string {
      const { code, stdout, stderr } = sandbox.run(['build', '--jobs', '1', ...flags, directory]);
      if (code !== 0) throw new Error(`status ${code}: ${stderr}`);
      return stdout + stderr;
    },

    inspect: (image: string) => JSON.parse(sandbox.ok('inspect', '--type', 'image', image))[0],
  };
}
