import { BryoError } from '../base/errors.ts';

type Change = (mode: number, directory: boolean) => number;

const whoBits: Record<string, number> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o6777 };

function permissionBits(letters: string, mode: number, directory: boolean): number {
  let bits = 0;
  for (const letter of letters) {
    if (letter === 'r') bits |= 0o444;
    if (letter === 'w') bits |= 0o222;
    if (letter === 'x' || (letter === 'X' && (directory || (mode & 0o111) !== 0))) bits |= 0o111;
    if (letter === 's') bits |= 0o6000;
    if (letter === 't') bits |= 0o1000;
  }
  return bits;
}

/** The bits that a class has, for all classes. */
function copiedBits(letter: string, mode: number): number {
  const shift = { u: 6, g: 3, o: 0 }[letter] ?? 0;
  const three = (mode >> shift) & 7;
  return three * 0o111;
}

function clause(text: string): Change | null {
  const [, who = '', rest = ''] = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(text) ?? [];
  if (rest === '') return null;
  const mask = who === '' ? 0o6777 : [...who].reduce((bits, one) => bits | (whoBits[one] ?? 0), 0);
  const steps = rest.match(/[-+=](?:[ugo]|[rwxXst]*)/g) ?? [];
  return (mode, directory) =>
    steps.reduce((now, step) => {
      const letters = step.slice(1);
      const sticky = letters.includes('t') ? 0o1000 : 0;
      const bits = /^[ugo]$/.test(letters)
        ? copiedBits(letters, now)
        : permissionBits(letters, now, directory);
      const chosen = (bits & mask) | sticky;
      if (step.startsWith('+')) return now | chosen;
      if (step.startsWith('-')) return now & ~chosen;
      return (now & ~(mask & 0o777)) | chosen;
    }, mode);
}

/**
 * `--chmod`: octal, or symbolic as chmod(1) has it; gives the new mode of a file or directory. Throws BryoError
 * `bad-containerfile`.
 */
export function modeChange(text: string): Change {
  if (/^[0-7]{1,4}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const clauses = text.split(',').map(clause);
  if (clauses.every((one) => one !== null)) {
    return (mode, directory) => clauses.reduce((now, one) => one(now, directory), mode);
  }
  throw new BryoError('bad-containerfile', `--chmod=${text}: invalid mode`, {
    hint: 'octal such as 0644, or as chmod(1) has it: u=rwX,go=rX',
  });
}
