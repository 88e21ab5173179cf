import { hostname } from 'node:os';
import type { Engine } from '../../src/engine/engine.ts';
import { ownLimits } from '../../src/native/process-limits.ts';

const own = ownLimits();

/** Limits that are the caller's own, whatever those are. */
function withoutLimits(line: string): string {
  let text = line;
  for (const [name, resource] of Object.entries({ core: 4, nproc: 6, nofile: 7 })) {
    const hard = own.get(name)?.hard ?? -1;
    const hex = hard < 0 ? '0xffffffffffffffff' : `0x${hard.toString(16)}`;
    text = text
      .replace(
        `"RLIMIT_${name.toUpperCase()}","soft":${hard},`,
        `"RLIMIT_${name.toUpperCase()}","soft":OWN,`,
      )
      .replace(new RegExp(`(RLIMIT_${name.toUpperCase()}.*)"hard":${hard}}`), '$1"hard":OWN}')
      .replace(new RegExp(`(rlimit resource=${resource} .*)hard=${hex}`), '$1hard=OWN')
      .replace(new RegExp(`(rlimit resource=${resource} )soft=${hex}`), '$1soft=OWN');
  }
  return text;
}

/** The machine's name, as a word of its own. */
const hostWord = new RegExp(`(?<![\\w.-])${hostname()}(?![\\w.-])`, 'g');

function withoutHost(line: string): string {
  return /host/i.test(line) ? line.replace(hostWord, 'HOST') : line;
}

/** What differs between machines and runs, by a word for it; `words` are further such words. */
export function withoutMachine(
  line: string,
  engine: Engine,
  words: Readonly<Record<string, string>>,
): string {
  let text = withoutHost(withoutLimits(line));
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(value, word);
  return text
    .replaceAll(engine.store.root, 'ROOT')
    .replaceAll(engine.store.runroot, 'RUNROOT')
    .replaceAll(engine.tmpdir, 'TMP')
    .replaceAll(process.cwd(), 'CWD')
    .replaceAll(process.execPath, 'NODE')
    .replace(/"\/[^"]*\/(slirp4netns|nft|pasta|fuse-overlayfs|bryo-[a-z.]+)"/g, '"$1"')
    .replace(/(policy=)[1-9]\d*/g, '$1RANDOM')
    .replace(/<\d+ bytes>/g, '<bytes>');
}
