import { buildExecutable } from './build.ts';

buildExecutable(process.argv[2] ?? 'dist/bryo-js');
