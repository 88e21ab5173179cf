/** Writes the launcher's generated header: `bun src/plan/generate.ts addon/launcher/ops.gen.h`. */
import { writeFileSync } from 'node:fs';
import { generateHeader } from './header.ts';

const [, , path] = process.argv;
if (path === undefined) throw new Error('usage: generate.ts HEADER');
writeFileSync(path, generateHeader());
