import { defineCommand } from '../command.ts';
import { command as build } from '../image/build.ts';

export const command = defineCommand({ ...build, name: 'buildx-build', noun: 'buildx' });
