import t from 'tap';
import { bagsOf } from './field-counts.ts';
import { linesOf, native, placeOf, tests, typescript } from './sources.ts';

const mostLines = 300;
const mostFields = 12;

t.test('no file is long', async (t) => {
  const long = [...typescript, ...tests, ...native]
    // What is generated is a table that nobody reads from end to end.
    .filter((file) => !/\.gen\.[a-z]+$/.test(file))
    .filter((file) => linesOf(file).length > mostLines);
  t.same(long.map(placeOf), []);
});

t.test('what has many fields names its parts', async (t) => {
  const large = typescript.flatMap((file) =>
    bagsOf(linesOf(file))
      .filter(({ fields }) => fields > mostFields)
      .map(({ name, fields }) => `${placeOf(file)}: ${name} has ${fields} fields`),
  );
  t.same(large, []);
});

t.test('fields are counted by blocks', async (t) => {
  const text = `
/** Two. */
export interface Two extends Other {
  /** one: not this. */
  one: string;
  readonly 'two-b'?: {
    a: 1;
    b: 2;
    c: 3;
  };
  run(text: string): void;
}

type Either =
  | { kind: 'inline'; other: string }
  | {
      kind: 'a';
      x: number;
    }
  | {
      kind: 'b';
      /** Another. */
      y: number;
    };

type None = string;
const after = {
  a: 1,
};`;
  t.same(bagsOf(text.split('\n')), [
    { name: 'Two', fields: 3 },
    { name: 'Either', fields: 2 },
    { name: 'None', fields: 0 },
  ]);
});
