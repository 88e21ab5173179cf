import { BryoError } from '../../base/errors.ts';
import { defineCommand } from '../command.ts';
import { completionScript } from '../docs/completions.ts';

export const command = defineCommand({
  name: 'completion',
  noun: 'system',
  summary: 'Print the completion script of a shell',
  synopsis: 'bash|zsh|fish',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [],
  description: [
    'install.sh installs the scripts where the shells look for them.',
    'The scripts that podman brings work as well where the name podman leads to bryo: they ask with __complete and __completeNoDesc, in the protocol of cobra’s completions, and hear of flags, their values, of names of containers, pods, images, volumes, networks, secrets, registries and modules, of fields of templates, and of paths in images and containers.',
  ],
  examples: [{ command: 'source <(bryo completion bash)', says: 'for this shell only' }],
  async run({ context, args, commands }) {
    const [shell] = args;
    if (shell !== 'bash' && shell !== 'zsh' && shell !== 'fish') {
      throw new BryoError('usage', `no completion for ${JSON.stringify(shell)}`, {
        hint: 'bash, zsh or fish',
      });
    }
    const { globalOptions } = await import('../global-options.ts');
    const specs = await Promise.all(commands.map(({ load }) => load()));
    context.stdout.write(completionScript(shell, specs, globalOptions));
    return 0;
  },
});
