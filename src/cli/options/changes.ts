import type { OptionSpec } from '../command.ts';

/** `--change` of commit and import. */
export const changeOption: OptionSpec = {
  name: 'change',
  short: 'c',
  value: 'INSTRUCTION',
  repeat: true,
  help: 'CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR',
};

export const changeDescription =
  "--change takes an instruction, or lines of them, as a Containerfile has it (see bryo-build(1)), with white space or = behind its name. Variables are those of the container's environment, or of an ENV before. A line of ENV or LABEL that no Containerfile could have is one key with all the rest as its value (A=1 2). An ENTRYPOINT takes the image's CMD away, unless one of the changes is a CMD.";
