/** What a terminal shows while stages are built at the same time. */
import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('script');
const sandbox = new Sandbox();

/** The lines of a terminal that is large enough, after these bytes. */
function screen(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  for (const [, up, clears, below, character] of text.matchAll(
    /\u001b\[(\d+)A|(\u001b\[2K)|(\u001b\[J)|([^\r])/g,
  )) {
    if (up !== undefined) row -= Number(up);
    else if (clears !== undefined) lines[row] = '';
    else if (below !== undefined) lines.splice(row, lines.length, '');
    else if (character === '\n') row += 1;
    else lines[row] = (lines[row] ?? '') + character;
    lines[row] ??= '';
  }
  return lines;
}

const time = '\\d+\\.\\ds';

t.test(
  'stages have a line each with what they said last, and are folded when they are done',
  async (t) => {
    const shared = sandbox.makeDirectory('shared');
    chmodSync(shared, 0o777);
    const wait = (name: string) =>
      `RUN echo first; echo ${name} waits; until test -e /m/${name}; do sleep 0.1; done`;
    const text = [
      ...['FROM hello AS left', wait('left')],
      ...['FROM hello AS right', wait('right'), 'LABEL done=yes'],
      ...['FROM hello', 'COPY --from=left /etc/passwd /l', 'COPY --from=right /etc/passwd /r'],
    ].join('\n');
    const directory = buildContext(sandbox, 'stages', { Containerfile: text });
    const argv = sandbox.argv([
      'build',
      '--jobs',
      '2',
      '-v',
      `${shared}:/m`,
      '-t',
      'both',
      directory,
    ]);
    const quoted = argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const child = spawn('script', ['-qec', `stty cols 200 rows 50; exec ${quoted}`, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const shows = (...patterns: string[]) => {
      const lines = screen(said);
      return patterns.every(
        (one) => lines.filter((line) => new RegExp(one).test(line)).length === 1,
      );
    };
    const running = (stage: number, name: string, count: number) =>
      `^ *${time} \\[${stage}/3\\] STEP 2/${count}: RUN echo first.*done \\| ${name} waits$`;
    const folded = (stage: number, name: string, count: number) =>
      `^ *${time} \\[${stage}/3\\] STEP 2/${count}: RUN echo first.* ${name} waits;.*done$`;
    await eventually('both steps run', () => shows(running(1, 'left', 2), running(2, 'right', 3)));
    writeFileSync(join(shared, 'right'), '');
    await eventually('one is done', () => shows(running(1, 'left', 2), folded(2, 'right', 3)));
    t.notOk(shows('STEP 2/3: COPY'), 'what needs both has not begun');
    writeFileSync(join(shared, 'left'), '');
    t.equal(await ended, 0);
    const last = [
      ...[folded(1, 'left', 2), folded(2, 'right', 3)],
      ...['STEP 3/3: LABEL done=yes$', 'STEP 2/3: COPY', 'STEP 3/3: COPY', 'Successfully tagged'],
    ];
    t.ok(shows(...last), screen(said).join('\n'));
    t.match(screen(said).filter(Boolean).at(-1), /^[0-9a-f]{64}$/);
  },
);

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
