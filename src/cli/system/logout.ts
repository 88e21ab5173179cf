import { BryoError } from '../../base/errors.ts';
import { logOut, registryKey } from '../../engine/system/login.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { authFileOption, compatAuthFileOption, loginFile } from '../options/registry.ts';

export const command = defineCommand({
  name: 'logout',
  noun: 'system',
  summary: 'Forget the login of a registry',
  synopsis: '[REGISTRY]',
  arguments: { min: 0, max: 1, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'forget all of them' },
    authFileOption,
    compatAuthFileOption,
  ],
  description: ['Removes what bryo-login(1) keeps of a registry, docker.io unless named.'],
  examples: [{ command: 'bryo logout quay.io', says: 'one registry' }],
  async run(invocation) {
    const { context, args } = invocation;
    const authFile = loginFile(invocation);
    if (invocation.flag('all')) {
      if (args.length > 0) throw new BryoError('usage', '--all and a registry exclude each other');
      await logOut(null, authFile);
      printLine(context, 'Removed login credentials for all registries');
      return 0;
    }
    const registry = registryKey(args[0] ?? 'docker.io');
    await logOut(registry, authFile);
    printLine(context, `Removed login credentials for ${registry}`);
    return 0;
  },
});
