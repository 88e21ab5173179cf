import type { BuildProgress } from '../../../build/progress.ts';
import type { BuildGraph } from '../../../containerfile/graph-types.ts';
import type { Platform } from '../../../image/manifest.ts';
import { formatPlatform, parsePlatform } from '../../../image/platform.ts';
import { readChoice } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { lineReporter } from '../pull-progress.ts';
import { dockerProgress, stepNumbers } from './docker-progress.ts';
import { plainProgress, quietProgress, type StageNames } from './plain-progress.ts';
import { logFileStreams, type OpenStreams, ownStreams } from './streams.ts';
import { buildTerminal } from './terminal-progress.ts';

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

/** The value of --progress; --quiet is one of them. */
export function readProgressKind({ flag, text }: Invocation): (typeof kinds)[number] {
  const chosen = readChoice('--progress', text('progress'), kinds) ?? 'auto';
  return flag('quiet') ? 'quiet' : chosen;
}

function logStreams({ text, context }: Invocation, platform: Platform | null): OpenStreams {
  const path = text('logfile');
  if (path === null || path === '') return ownStreams(context);
  return logFileStreams(path, platform);
}

/** Listens to all builds of a command line. */
export interface BuildVoices {
  listen(graph: BuildGraph): BuildProgress;
  /** Puts what is drawn in order; on a terminal the output of what failed is shown. */
  end(failed: boolean): void;
}

/** What a command line has to listen to its builds; `several`: of some platforms at a time. */
export function openVoices(
  invocation: Invocation,
  { several, jobs }: { several: boolean; jobs: number },
): BuildVoices {
  const { context, text, flag } = invocation;
  const kind = readProgressKind(invocation);
  const isTerminal = context.stderr.terminal !== null && context.stdout.terminal !== null;
  const opened: OpenStreams[] = [];
  const open = (platform: Platform | null): OpenStreams => {
    const streams = logStreams(invocation, platform);
    opened.push(streams);
    return streams;
  };
  const close = (): void => {
    for (const streams of opened) streams.close();
  };
  if (kind === 'tty' || (kind === 'auto' && isTerminal && !text('logfile'))) {
    const terminal = buildTerminal(context.stderr);
    return {
      listen: (graph) => terminal.progress(stageNames(graph, several, jobs)),
      end: (failed) => terminal.end(failed),
    };
  }
  const common = flag('logsplit') ? null : open(null);
  const numbers = stepNumbers();
  return {
    listen(graph) {
      const streams = common ?? open(parsePlatform(graph.platform));
      if (kind === 'quiet') return quietProgress(streams);
      if (context.dialect === 'docker') {
        return dockerProgress(streams, numbers, several ? graph.platform : '');
      }
      const pulls = lineReporter((line) => streams.err(line), context.engine);
      return plainProgress(streams, stageNames(graph, several, jobs), pulls);
    },
    end: close,
  };
}

/** A platform whose empty parts are this machine's own, as with podman: `windows/`, `/arm64`, `/`. */
function withOwnParts(word: string, own: Platform): string {
  const [os, architecture, ...variant] = word.split('/');
  if (architecture === undefined) return word;
  return [os || own.os, architecture || own.architecture, ...variant].join('/');
}

/** The platforms of --platform, or of --arch, --os and --variant; empty: this machine's own. */
export function buildPlatforms({ texts, text }: Invocation, own: Platform): string[] {
  const words = texts('platform').flatMap((word) => word.split(',').filter(Boolean));
  if (words.length > 0) {
    const whole = words.map((word) => withOwnParts(word, own));
    return [...new Set(whole.map((word) => formatPlatform(parsePlatform(word))))];
  }
  const [os, arch, variant] = ['os', 'arch', 'variant'].map((name) => text(name));
  if (!os && !arch && !variant) return [];
  const parts = [os || own.os, arch || own.architecture, ...(variant ? [variant] : [])];
  return [formatPlatform(parsePlatform(parts.join('/')))];
}
