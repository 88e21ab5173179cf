/** A subtest of the file, from its title to its result. */
const beginning = /^# Subtest: /;
const result = /^(not )?ok \d+/;
const passedLine = /^ +ok \d+ - /;

/**
 * What a file of tests has printed, without the tests that passed: of hundreds of lines those are read that say what
 * is wrong. What stands outside of tests, errors of the program among it, stays.
 */
export function shownFailures(output: string): string {
  const kept: string[] = [];
  let subtest: string[] | null = null;
  for (const line of output.split('\n')) {
    const ended = result.exec(line);
    if (beginning.test(line)) {
      if (subtest !== null) kept.push(...subtest);
      subtest = [line];
    } else if (subtest === null) {
      kept.push(line);
    } else if (ended !== null && ended[1] === undefined) {
      subtest = null;
    } else {
      subtest.push(line);
      if (ended !== null) {
        kept.push(...subtest);
        subtest = null;
      }
    }
  }
  if (subtest !== null) kept.push(...subtest);
  return kept.filter((line) => !passedLine.test(line)).join('\n');
}
