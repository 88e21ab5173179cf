import type { CommandSpec, Noun } from './command.ts';
import { commandHelp, nounHelp, overviewHelp } from './help.ts';
import { podmanCommandHelp, podmanNounHelp, podmanOverview } from './podman-help.ts';
import { spelling } from './spelling.ts';

/** Help texts by the name of the program: programs take apart what they get of podman. */
const isPodman = (program: string): boolean => program === 'podman';

export function overview(program: string): Promise<string> {
  return isPodman(program) ? podmanOverview(program) : overviewHelp();
}

export function helpOfNoun(noun: Noun, program: string): Promise<string> {
  return isPodman(program) ? podmanNounHelp(noun, program) : nounHelp(noun);
}

/** `words` are those of the command line that name the command. */
export function helpOfCommand(spec: CommandSpec, program: string, words: string): string {
  if (isPodman(program)) return podmanCommandHelp(spec, program, words);
  return commandHelp({ ...spec, name: spelling(spec) });
}
