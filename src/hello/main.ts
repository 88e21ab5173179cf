import { buildHello } from './build.ts';

buildHello(process.argv[2] ?? 'dist/hello');
