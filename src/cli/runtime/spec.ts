import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { specTemplate } from '../../oci/template.ts';
import { bundleOption, defineRuntimeCommand } from './command.ts';

export const command = defineRuntimeCommand({
  name: 'spec',
  summary: 'Write a config.json to begin with',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    bundleOption,
    { name: 'rootless', help: "for an ordinary user: the caller's own ids are mapped" },
  ],
  description: ['The configuration runs a shell in the directory rootfs of the bundle.'],
  async run(parsed) {
    const path = join(parsed.text('bundle') ?? '.', 'config.json');
    const ids = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    const template = specTemplate(parsed.flag('rootless'), ids);
    try {
      writeFileSync(path, `${JSON.stringify(template, null, '\t')}\n`, { flag: 'wx', mode: 0o666 });
    } catch (cause) {
      if (errnoCode(cause) !== 'EEXIST') throw cause;
      throw new BryoError('file-exists', `${path} exists already`, { hint: 'remove it first' });
    }
    return 0;
  },
});
