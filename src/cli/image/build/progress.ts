import type { BuildProgress } from '../../../build/progress.ts';
import type { BuildGraph } from '../../../containerfile/graph-types.ts';
import type { Platform } from '../../../image/manifest.ts';
import { formatPlatform, parsePlatform } from '../../../image/platform.ts';
import { readChoice } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { lineReporter } from '../pull-progress.ts';
import { dockerProgress } from './docker-progress.ts';
import { plainProgress, quietProgress, type StageNames } from './plain-progress.ts';
import { logFileStreams, type OpenStreams, ownStreams } from './streams.ts';
import { type EndedProgress, terminalProgress } from './terminal-progress.ts';

const kinds = ['auto', 'plain', 'tty', 'quiet'] as const;

/** Flags about what a build says. */
export const progressOptions: readonly OptionSpec[] = [
  { name: 'quiet', short: 'q', help: 'say nothing of the steps, and print the id only' },
  {
    name: 'progress',
    value: 'KIND',
    default: 'auto',
    choices: kinds,
    help: 'how steps are told: plain lines, tty for a line per running step, quiet, or auto: tty on a terminal',
  },
  { name: 'logfile', value: 'FILE', help: 'write what the build says to a new file' },
  {
    name: 'logsplit',
    help: 'with --logfile and --platform: a file for each platform, FILE_OS_ARCH',
  },
];

/** A build's stages as podman counts them: those of the files up to the target, needed or not. */
export function stageNames(graph: BuildGraph, several: boolean, jobs: number): StageNames {
  const platform = several ? `[${graph.platform}] ` : '';
  const total = graph.target + 1;
  return {
    prefix(stage) {
      const index = graph.needed[stage - 1] ?? graph.target;
      return platform + (total > 1 ? `[${index + 1}/${total}] ` : '');
    },
    beside: (graph.needed.length > 1 && jobs !== 1) || several,
  };
}

/** The listener to one build. */
export interface BuildVoice {
  progress: BuildProgress;
  streams: OpenStreams;
  /** Puts what is drawn in order; on a terminal the output of what failed is shown. */
  end(failed: boolean): void;
}

/** The value of --progress; --quiet is one of them. */
export function readProgressKind({ flag, text }: Invocation): (typeof kinds)[number] {
  const chosen = readChoice('--progress', text('progress'), kinds) ?? 'auto';
  return flag('quiet') ? 'quiet' : chosen;
}

function logStreams({ text, flag, context }: Invocation, platform: Platform): OpenStreams {
  const path = text('logfile');
  if (path === null || path === '') return ownStreams(context);
  return logFileStreams(path, flag('logsplit') ? platform : null);
}

/** What a command line has to listen to a build of `graph`; `several`: of some platforms at a time. */
export function listen(
  invocation: Invocation,
  graph: BuildGraph,
  { several, jobs }: { several: boolean; jobs: number },
): BuildVoice {
  const { context, text } = invocation;
  const kind = readProgressKind(invocation);
  const streams = logStreams(invocation, parsePlatform(graph.platform));
  const names = stageNames(graph, several, jobs);
  const isTerminal = context.stderr.terminal !== null && context.stdout.terminal !== null;
  const onTerminal = kind === 'tty' || (kind === 'auto' && isTerminal && !text('logfile'));
  const silent = { streams, end: () => streams.close() };
  if (kind === 'quiet') return { progress: quietProgress(streams), ...silent };
  if (onTerminal && !several) {
    const progress: EndedProgress = terminalProgress(context.stderr, names);
    return {
      progress,
      streams,
      end(failed) {
        progress.end(failed);
        streams.close();
      },
    };
  }
  const isDocker = context.dialect === 'docker';
  const pulls = lineReporter((line) => streams.err(line), context.engine);
  return {
    progress: isDocker ? dockerProgress(streams) : plainProgress(streams, names, pulls),
    ...silent,
  };
}

/** The platforms of --platform, or of --arch, --os and --variant; empty: this machine's own. */
export function buildPlatforms({ texts, text }: Invocation, own: Platform): string[] {
  const words = texts('platform').flatMap((word) => word.split(',').filter(Boolean));
  if (words.length > 0)
    return [...new Set(words.map((word) => formatPlatform(parsePlatform(word))))];
  const [os, arch, variant] = ['os', 'arch', 'variant'].map((name) => text(name));
  if (!os && !arch && !variant) return [];
  const parts = [os || own.os, arch || own.architecture, ...(variant ? [variant] : [])];
  return [formatPlatform(parsePlatform(parts.join('/')))];
}
