import { BryoError } from '../base/errors.ts';

/** Tells whether a text has a part that fits. */
export type TextTest = (text: string) => boolean;

/** ASCII without escapes, counts, groups with flags, named classes and empty ones. */
const plain = /^(?!.*(?:\(\?|\[\^?\]|\[:))[ -[\]-z|~]*$/;

/**
 * The test of a regular expression as Go has them (RE2, https://github.com/google/re2/wiki/Syntax).
 * What RE2 and JavaScript read alike takes JavaScript's own, for the library is large to load.
 */
async function compile(expression: string): Promise<TextTest> {
  if (plain.test(expression)) {
    const compiled = new RegExp(expression);
    return (text) => compiled.test(text);
  }
  const { RE2JS } = await import('re2js');
  const compiled = RE2JS.compile(expression);
  return (text) => compiled.matcher(text).find();
}

/**
 * The test that a filter's value is; `before` and `after` are put around it. Throws BryoError `usage`
 * for what is no regular expression.
 */
export async function readPattern(
  key: string,
  value: string,
  { before = '', after = '' } = {},
): Promise<TextTest> {
  try {
    return await compile(`${before}${value}${after}`);
  } catch (cause) {
    const message = `--filter ${key}=${value}: the regular expression cannot be read`;
    throw new BryoError('usage', message, { cause });
  }
}
