import { Refusal } from './errors.ts';
import { readFlags } from './flags.ts';
import { documentMark } from './here-documents.ts';
import type { Command, HereDocument, InstructionOf, RunCommand } from './instructions.ts';
import { readMount } from './read-mount.ts';
import { didYouMean } from './suggest.ts';
import { jsonWords } from './words.ts';

const flags = { mount: 'values', network: 'value', security: 'value' } as const;
const networks = ['default', 'none', 'host'] as const;
const securities = ['sandbox', 'insecure'] as const;

function choice<T extends string>(value: string | null, known: readonly T[], what: string): T {
  const found = known.find((one) => one === (value ?? known[0]));
  if (found !== undefined) return found;
  throw new Refusal(`unsupported value "${value}" for ${what}`, didYouMean(value ?? '', known));
}

/** The shell form or the exec form. Throws Refusal. */
export function readCommand(text: string): Command {
  const args = jsonWords(text);
  return args === null ? { form: 'shell', line: text } : { form: 'exec', args };
}

/** The command of a RUN with its here-documents, as BuildKit puts them together. */
function withDocuments(line: string, documents: readonly HereDocument[]): RunCommand {
  const [only] = documents;
  if (only === undefined) return readCommand(line);
  if (documentMark(line) !== null) {
    const isScript = only.content.startsWith('#!');
    if (isScript && /^\.\.?$|\//.test(only.name)) {
      throw new Refusal(`the here-document ${only.name} cannot become a file of that name`);
    }
    return isScript
      ? { form: 'script', name: only.name, content: only.content }
      : { form: 'shell', line: only.content };
  }
  const texts = documents.map(({ content, name }) => `\n${content}${name}`);
  return { form: 'shell', line: line + texts.join('') };
}

/** RUN. Throws Refusal. */
export function readRun(
  words: readonly string[],
  text: string,
  documents: readonly HereDocument[],
): Omit<InstructionOf<'run'>, 'place' | 'text' | 'documents'> {
  const read = readFlags('RUN', words, flags);
  const mountWords = read.values('mount');
  // Errors are told before anything runs, where no variable decides.
  for (const word of mountWords) if (!word.includes('$')) readMount(word);
  if (text === '') throw new Refusal('RUN requires at least one argument');
  const command = withDocuments(text, documents);
  if (command.form === 'exec' && command.args.length === 0) {
    throw new Refusal('RUN requires at least one argument');
  }
  return {
    kind: 'run',
    command,
    mountWords,
    mounts: [],
    network: choice(read.value('network'), networks, '--network'),
    security: choice(read.value('security'), securities, '--security'),
  };
}
