import { median, quantile } from '../support/statistics.ts';

type Tell = (name: string, values: readonly number[]) => string;

/** What one value adds to the next, by least squares. */
export function slope(values: readonly number[]): number {
  const mean = (numbers: readonly number[]) =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [x, y] = [(values.length - 1) / 2, mean(values)];
  const spread = mean(values.map((_, at) => (at - x) ** 2));
  return spread === 0 ? 0 : mean(values.map((value, at) => (at - x) * (value - y))) / spread;
}

/** What the rounds of a row have measured: told in one line, never asserted. */
export class Figures {
  readonly #figures = new Map<string, { values: number[]; tell: Tell }>();

  #add(name: string, value: number, tell: Tell): void {
    const figure = this.#figures.get(name) ?? { values: [], tell };
    figure.values.push(value);
    this.#figures.set(name, figure);
  }

  /** How many of all were so. */
  share(name: string, holds: boolean): void {
    this.#add(name, holds ? 1 : 0, (what, values) => {
      const count = values.filter((one) => one === 1).length;
      return `${what} ${count} of ${values.length}`;
    });
  }

  /** Milliseconds. */
  time(name: string, value: number): void {
    this.#add(name, value, (what, values) => {
      const [middle, late] = [median(values), quantile(values, 0.99)];
      return `${what} p50 ${middle.toFixed(0)} ms, p99 ${late.toFixed(0)} ms`;
    });
  }

  rate(name: string, value: number, unit: string): void {
    this.#add(name, value, (what, values) => `${what} ${median(values).toFixed(0)} ${unit}`);
  }

  /** The largest counts. */
  peak(name: string, value: number, unit: string): void {
    this.#add(name, value, (what, values) => `${what} at most ${Math.max(...values)} ${unit}`);
  }

  /** One value a round: how it grows from each to the next. */
  growth(name: string, value: number, unit: string): void {
    this.#add(name, value, (what, values) => `${what} ${slope(values).toFixed(3)} ${unit}`);
  }

  toString(): string {
    return [...this.#figures].map(([name, { values, tell }]) => tell(name, values)).join('; ');
  }
}
