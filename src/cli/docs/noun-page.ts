import type { CommandSpec, Noun } from '../command.ts';
import { nounManuals } from '../noun-manuals.ts';
import { networkText } from './network-text.ts';
import type { NounText } from './noun-text.ts';
import { heading, prose, roff } from './roff.ts';

/** Nouns of which there is more to say than what their commands do. */
const texts: Partial<Record<Noun, NounText>> = { network: networkText };
const noText: NounText = { description: [], chapters: [], examples: [] };

/** The nouns that commands tell of in help and manual. */
export function pagedNouns(specs: readonly CommandSpec[]): Noun[] {
  return [...new Set(specs.map(({ noun }) => noun))];
}

/** The man page of a noun: what it is about, and its commands (`bryo-network(1)`). `specs` are all commands. */
export function nounPage(noun: Noun, specs: readonly CommandSpec[], version: string): string {
  const text = texts[noun] ?? noText;
  const name = roff(`bryo-${noun}`);
  const own = specs.filter((spec) => spec.noun === noun);
  const list = own.map(
    (spec) => `.TP\n\\fBbryo\\-${roff(spec.name)}\\fP(1)\n${prose(spec.summary)}.`,
  );
  const { summary } = nounManuals[noun];
  const description = text.description.length > 0 ? text.description : [`${summary}.`];
  const examples = text.examples.map(({ says, commands }) => {
    const lines = commands.map((command) => `$ ${roff(command)}`);
    return `.TP\n${prose(says)}\n.EX\n${lines.join('\n')}\n.EE`;
  });
  const parts = [
    heading(`bryo-${noun}`, 1, version),
    `.SH NAME\n${name} \\- ${roff(summary)}`,
    `.SH SYNOPSIS\n\\fBbryo ${noun}\\fP COMMAND [OPTIONS] [ARG...]`,
    `.SH DESCRIPTION\n${description.map(prose).join('\n.PP\n')}`,
    `.SH COMMANDS\n${list.join('\n')}`,
    ...text.chapters.map(
      ({ title, paragraphs }) =>
        `.SH ${roff(title.toUpperCase())}\n${paragraphs.map(prose).join('\n.PP\n')}`,
    ),
  ];
  if (examples.length > 0) parts.push(`.SH EXAMPLES\n${examples.join('\n')}`);
  parts.push('.SH SEE ALSO\n\\fBbryo\\fP(1)');
  return `${parts.join('\n')}\n`;
}
