import type { OptionSpec } from '../command.ts';

/** `--change` of commit and import. */
export const changeOption: OptionSpec = {
  name: 'change',
  short: 'c',
  value: 'INSTRUCTION',
  repeat: true,
  help: 'CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME or WORKDIR',
};

export const changeDescription =
  '--change takes one instruction as a Containerfile has it, with white space or = behind its name: CMD and ENTRYPOINT as a JSON array or as a command for /bin/sh, VOLUME as a JSON array or as words, EXPOSE with ports or ranges of them. ENV and LABEL take several pairs, A=1 B="two words"; where a further word has no =, the whole line is one key\'s value. Variables are not replaced.';
