import type { OptionSpec } from '../../command.ts';
import { authFileOption, platformOptions, retryOptions, tlsVerifyOption } from '../registry.ts';

/** Flags of `run` and `create` about obtaining the image. */
export const imageOptions: readonly OptionSpec[] = [
  {
    name: 'pull',
    value: 'POLICY',
    default: 'missing',
    choices: ['always', 'missing', 'never', 'newer'],
    help: 'when to pull the image: always, missing, never or newer',
  },
  ...platformOptions,
  {
    name: 'disable-content-trust',
    help: "docker's switch for its own signatures; it has no effect here, nor with podman (policy.json decides)",
  },
  { name: 'quiet', short: 'q', help: 'show no progress while pulling' },
  ...retryOptions,
  tlsVerifyOption,
  authFileOption,
];
