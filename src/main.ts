#!/usr/bin/env node
import { basename } from 'node:path';
import { endOnUncaught } from './cli/uncaught.ts';
import { restoreEnvironment } from './native/engine-environment.ts';
import { findFront } from './native/front.ts';

endOnUncaught();
// The variables that addon/front has put into the environment are not for what is started from here.
findFront();
restoreEnvironment();

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  const program = basename(process.argv0);
  if (program === 'bryo-user-generator') {
    const { runGenerator } = await import('./cli/quadlet/run-generator.ts');
    return runGenerator(words);
  }
  const isRuntime = program === 'bryo-oci';
  if (!isRuntime && words[0] !== 'runtime') {
    const { runCli } = await import('./cli/run-cli.ts');
    return runCli(words);
  }
  const { runRuntime } = await import('./cli/runtime/run-runtime.ts');
  return runRuntime(isRuntime ? words : words.slice(1));
}

void main().then((status) => {
  // Work that a failed command has left open may still fail, too, or never end.
  if (status === 0) process.exitCode = 0;
  else process.exit(status);
});
