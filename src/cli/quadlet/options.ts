import type { OptionSpec } from '../command.ts';

export const reloadOption: OptionSpec = {
  name: 'reload-systemd',
  on: true,
  help: 'make systemd read its units again',
};
