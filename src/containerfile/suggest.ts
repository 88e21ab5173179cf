/** Steps from one word to another: a letter more, less, other, or two of them swapped. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1];
      const cell = (back: number, at: number): number => (rows[i - back] ?? row)[at] ?? 0;
      let best = Math.min(cell(1, j) + 1, (row[j - 1] ?? 0) + 1, cell(1, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) best = Math.min(best, cell(2, j - 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[one.length]?.[other.length] ?? 0;
}

/** The word among those known that somebody may have meant; undefined: none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const wanted = word.toLowerCase();
  const near = known
    .map((name) => ({ name, away: distance(wanted, name.toLowerCase()) }))
    .filter(({ name, away }) => away <= Math.max(1, Math.floor(name.length / 3)))
    .sort((one, other) => one.away - other.away);
  return near[0]?.name;
}

/** The hint for a word that is not known: what may have been meant. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const name = suggest(word, known);
  return name === undefined ? undefined : `did you mean ${name}?`;
}
