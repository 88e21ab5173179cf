import { formatDuration } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { printable } from '../../base/text.ts';
import type { Engine } from '../../engine/engine.ts';
import type { PullProgress } from '../../image/progress.ts';
import type { CliContext } from '../context.ts';
import type { Output } from '../output.ts';

/** Tells the user how a pull goes. */
export interface PullReporter {
  report(event: PullProgress): void;
  finish(): void;
}

const redrawInterval = 100;
const barWidth = 30;

interface LayerLine {
  received: number;
  total: number;
  state: 'waiting' | 'done' | 'exists';
}

function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 13);
}

function layerText(digest: string, line: LayerLine): string {
  const name = `Copying blob ${shortDigest(digest)} `;
  if (line.state === 'exists') return `${name}already there`;
  if (line.state === 'done') return `${name}done`;
  const part = line.total === 0 ? 1 : line.received / line.total;
  const filled = Math.min(barWidth, Math.round(part * barWidth));
  const bar = `${'='.repeat(filled)}${' '.repeat(barWidth - filled)}`;
  return `${name}[${bar}] ${formatSize(line.received)} / ${formatSize(line.total)}`;
}

/** On a terminal: a line per layer, redrawn in place. */
function barReporter(output: Output): PullReporter {
  const layers = new Map<string, LayerLine>();
  let drawn = 0;
  let last = 0;
  const draw = (): void => {
    last = Date.now();
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    const width = output.terminal?.columns || 80;
    const lines = [...layers].map(([digest, line]) => layerText(digest, line).slice(0, width - 1));
    const text = lines.map((line) => `\u001b[2K${printable(line)}\n`).join('');
    output.write(Buffer.from(up + text));
    drawn = lines.length;
  };
  return {
    report(event) {
      if (!('digest' in event) || event.kind === 'config') return;
      const known = layers.get(event.digest) ?? { received: 0, total: 0, state: 'waiting' };
      switch (event.kind) {
        case 'start':
          known.total = event.total;
          break;
        case 'progress':
          known.received = event.received;
          break;
        case 'done':
        case 'exists':
          known.state = event.kind;
          break;
      }
      const changed = event.kind !== 'progress' || !layers.has(event.digest);
      layers.set(event.digest, known);
      if (changed || Date.now() - last >= redrawInterval) draw();
    },
    finish() {
      if (layers.size > 0) draw();
    },
  };
}

/** Off a terminal: the lines that podman writes, each blob in one. */
export function lineReporter(write: (line: string) => void, engine: Engine): PullReporter {
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (told.has(line)) return;
    told.add(line);
    write(`${printable(line)}\n`);
  };
  return {
    report(event) {
      if (event.kind === 'trying') {
        tell(`Trying to pull ${event.name}...`);
        return;
      }
      if (event.kind === 'extended') {
        const time = formatDuration(event.seconds * 1000);
        tell(`Pulling image //${event.name} inside systemd: setting pull timeout to ${time}`);
        return;
      }
      tell('Getting image source signatures');
      if (event.kind === 'config') tell(`Copying config ${event.digest}`);
      else if (event.kind === 'manifest') tell('Writing manifest to image destination');
      else tell(`Copying blob ${event.digest}`);
      if (event.kind === 'done' || event.kind === 'exists') {
        engine.log('info', `blob ${event.digest} ${event.kind}`);
      }
    },
    finish() {},
  };
}

const silent: PullReporter = { report() {}, finish() {} };

/** The reporter for the caller's standard error. */
export function pullReporter({ engine, stderr }: CliContext, quiet: boolean): PullReporter {
  if (quiet) return silent;
  if (stderr.terminal !== null) return barReporter(stderr);
  return lineReporter((line) => stderr.write(line), engine);
}
