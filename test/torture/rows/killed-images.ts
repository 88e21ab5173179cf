import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../registry/real-registry.ts';
import type { Round, TortureContext, TortureRow } from '../harness.ts';
import { type Images, registryWith, sharingImages } from '../images.ts';

const kept = 'example.com/kept:1';
const victim = 'example.com/victim:1';

/** Archives of two images that share layers; the first is in the store and has to stay there. */
function makeArchives(context: TortureContext): { images: Images; archives: string[] } {
  const images = sharingImages(context, 2);
  const directory = temporaryDirectory(context);
  chmodSync(directory, 0o755);
  const archives = images.layouts.map((layout, index) => {
    const path = join(directory, `${index}.tar`);
    const tag = index === 0 ? kept : victim;
    execFileSync('skopeo', ['copy', '-q', `oci:${layout}:x`, `oci-archive:${path}:${tag}`]);
    chmodSync(path, 0o644);
    return path;
  });
  context.sandbox.ok('load', '-q', '-i', archives[0] ?? '');
  return { images, archives };
}

/** What has to be there still, or because it was acknowledged. */
function lost({ sandbox }: TortureContext, names: readonly string[]): string[] {
  return names
    .filter((name) => sandbox.run(['image', 'exists', name]).code !== 0)
    .map((name) => `${name} is lost`);
}

/** A round that brings the victim in, is killed at some time, and takes it away again. */
function bringingIn(context: TortureContext, args: readonly string[], name: string): Round {
  const span = context.duration(args);
  context.sandbox.ok('rmi', name);
  return async (index) => {
    const { code } = await context.killed(args, span * 1.1);
    const problems = context.nextCommand(index);
    problems.push(...lost(context, code === 0 ? [kept, name] : [kept]));
    context.sandbox.run(['rmi', '--ignore', name]);
    return problems;
  };
}

export const killedPull: TortureRow = {
  name: 'pull',
  says: 'killed pulls lose no image and leave nothing',
  rounds: 200,
  shortRounds: 3,
  async prepare(context) {
    const { images } = makeArchives(context);
    const name = `${await registryWith(context, images)}/image1:1`;
    return bringingIn(context, ['pull', '-q', '--tls-verify=false', name], name);
  },
};

export const killedLoad: TortureRow = {
  name: 'load',
  says: 'killed loads lose no image and leave nothing',
  rounds: 200,
  shortRounds: 2,
  async prepare(context) {
    const { archives } = makeArchives(context);
    return bringingIn(context, ['load', '-q', '-i', archives[1] ?? ''], victim);
  },
};

export const killedCommit: TortureRow = {
  name: 'commit',
  says: 'killed commits lose neither images nor the container, and leave nothing',
  rounds: 200,
  shortRounds: 2,
  async prepare(context) {
    makeArchives(context);
    const script = 'i=0; while [ $i -lt 200 ]; do echo $i > /tmp/f$i; i=$((i+1)); done';
    const { sandbox } = context;
    sandbox.ok('run', '--name', 'c', '--network', 'none', 'hello', 'sh', '-c', script);
    const round = bringingIn(context, ['commit', '-q', 'c', victim], victim);
    return async (index) => {
      const problems = await round(index);
      if (sandbox.run(['container', 'exists', 'c']).code !== 0) problems.push('c is lost');
      return problems;
    };
  },
};

export const killedRmi: TortureRow = {
  name: 'rmi',
  says: 'killed removals take no other image along and leave nothing',
  rounds: 200,
  shortRounds: 2,
  async prepare(context) {
    const { archives } = makeArchives(context);
    const load = ['load', '-q', '-i', archives[1] ?? ''];
    context.sandbox.ok(...load);
    const span = context.duration(['rmi', victim]);
    return async (index) => {
      context.sandbox.ok(...load);
      const { code } = await context.killed(['rmi', victim], span * 1.1);
      const problems = [...context.nextCommand(index), ...lost(context, [kept])];
      const there = context.sandbox.run(['image', 'exists', victim]).code === 0;
      if (code === 0 && there) problems.push(`${victim} was removed and is there`);
      if (there) context.sandbox.ok('rmi', victim);
      return problems;
    };
  },
};
