import type Test from 'tap';
import { BryoError } from '../../src/base/errors.ts';
import { commands } from '../../src/cli/commands.ts';
import { runConfigured } from '../../src/cli/configured.ts';
import { describeError } from '../../src/cli/failure.ts';
import { findCommand } from '../../src/cli/find-command.ts';
import { Output } from '../../src/cli/output.ts';
import { parseArguments } from '../../src/cli/parse.ts';
import { spelling } from '../../src/cli/spelling.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { splitWords } from '../../src/quadlet/words.ts';
import { fakeEngine } from './fake-engine.ts';
import { addImage } from './fake-image.ts';

class Captured extends Output {
  text = '';
  /** Hears of everything that is written. */
  onWrite = (): void => undefined;

  constructor() {
    super(1);
  }

  override write(data: string | Uint8Array): void {
    this.text += typeof data === 'string' ? data : Buffer.from(data).toString();
    this.onWrite();
  }

  override get isTerminal(): boolean {
    return false;
  }
}

/** What a command has done. */
export interface Outcome {
  status: number;
  /** Standard output, without its last line's end. */
  out: string;
  /** Standard error, the same. */
  err: string;
}

/** Runs a command line, without the program's name, in this process on an engine. */
export async function runVerb(
  engine: Engine,
  line: string,
  stdout = new Captured(),
): Promise<Outcome> {
  const words = splitWords(line) ?? [];
  const found = findCommand(commands, words);
  if (found === null) throw new Error(`there is no such command: ${line}`);
  const spec = await found.entry.load();
  const stderr = new Captured();
  const { stdin } = process;
  const commandLine = ['bryo', ...words];
  const named = { dialect: 'podman' as const, program: 'bryo' };
  const context = { ...named, commandLine, globalWords: [], engine, stdin, stdout, stderr };
  let status: number;
  try {
    const parsed = parseArguments({ ...spec, name: spelling(spec) }, found.words, 'bryo');
    const { config } = engine;
    status = await runConfigured(parsed, { name: spec.name, config }, (configured) =>
      spec.run({ ...configured, context, commands }),
    );
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    stderr.write(`Error: ${describeError(error)}\n`);
    status = error.exitCode;
  }
  return { status, out: stdout.text.trimEnd(), err: stderr.text.trimEnd() };
}

/** A command that goes on until something ends it. */
export interface Begun {
  /** Waits until it has written a text to standard output. */
  shows(text: string): Promise<void>;
  ended: Promise<Outcome>;
}

function begin(engine: Engine, line: string): Begun {
  const stdout = new Captured();
  const ended = runVerb(engine, line, stdout);
  return {
    ended,
    shows: (text) =>
      new Promise((resolve, reject) => {
        stdout.onWrite = () => {
          if (stdout.text.includes(text)) resolve();
        };
        stdout.onWrite();
        ended.then(({ out }) => reject(new Error(`"${text}" is not in ${out}`)), reject);
      }),
  };
}

/** A store of a test's own with the image `web`, and a way to run commands on it. */
export interface Bench {
  engine: Engine;
  /** As the engine has logged it. */
  logged: string[];
  /** Runs a command line: `create --name a web`. */
  run(line: string): Promise<Outcome>;
  /** Runs one that has to succeed; gives its standard output. */
  ok(line: string): Promise<string>;
  /** Begins one that follows something. */
  begin(line: string): Begun;
}

/** A bench that goes with its test. */
export function openBench(t: Pick<typeof Test, 'teardown'>): Bench {
  const { engine, logged, remove } = fakeEngine();
  t.teardown(remove);
  addImage(engine.store, 'localhost/web:latest');
  const run = (line: string): Promise<Outcome> => runVerb(engine, line);
  return {
    engine,
    logged,
    run,
    begin: (line) => begin(engine, line),
    async ok(line) {
      const { status, out, err } = await run(line);
      if (status !== 0) throw new Error(`bryo ${line}: status ${status}: ${err}`);
      return out;
    },
  };
}
