// Runs command lines of a store at the same time in this one process, and prints what came of each as JSON, in
// the order in which they ended: at-once.js ROOT RUNROOT LINE...
import { splitArgv } from '../../src/cli/argv.ts';
import { engineSettings, globalOptions } from '../../src/cli/global-options.ts';
import { emptyConfig } from '../../src/config/config.ts';
import { noStorageConf } from '../../src/config/storage-conf.ts';
import { createEngine } from '../../src/engine/engine.ts';
import { runVerb } from '../support/in-process.ts';

process.umask(0o077);
const [root = '', runroot = '', ...lines] = process.argv.slice(2);
const split = splitArgv(['--root', root, '--runroot', runroot], {
  options: globalOptions,
  command: 'bryo',
  passthrough: true,
});
const writeLog = (_level: string, message: string) => process.stderr.write(`${message}\n`);
const files = { config: emptyConfig, storageConf: noStorageConf };
const engine = createEngine(engineSettings(split.options, files, { writeLog, runtime: null }));
const outcomes: object[] = [];
await Promise.all(
  lines.map(async (line) => outcomes.push({ line, ...(await runVerb(engine, line)) })),
);
process.stdout.write(JSON.stringify(outcomes));
