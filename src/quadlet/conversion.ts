import { isAbsolute, normalize } from 'node:path';
import type { KeySpec } from './keys/key.ts';
import { refusedKeys } from './keys/key.ts';
import { keyTable } from './keys/table.ts';
import { ownSections, parseUnitName, unitCommands } from './kinds.ts';
import type { Problem } from './problem.ts';
import { findReferred, type SourceUnit, type Surroundings, serviceOf } from './source.ts';
import { type Assignment, readBoolean } from './unit-file.ts';
import { quoteWords, splitWords } from './words.ts';

/** A unit on its way to a service: what it says, what the service shall say, what is wrong. */
export class Conversion {
  readonly problems: Problem[];
  readonly unitLines: string[] = [];
  readonly serviceLines: string[] = [];
  readonly section: string;
  readonly source: SourceUnit;
  readonly around: Surroundings;
  readonly #required = new Set<string>();

  constructor(source: SourceUnit, around: Surroundings) {
    this.source = source;
    this.around = around;
    this.section = ownSections[source.name.kind];
    this.problems = [...source.unit.problems];
  }

  fail(where: Assignment | null, message: string): void {
    const { file, line } = where ?? { file: this.source.path, line: null };
    this.problems.push({ file, line, message, severity: 'error' });
  }

  warn(where: Assignment | null, message: string): void {
    const { file, line } = where ?? { file: this.source.path, line: null };
    this.problems.push({ file, line, message, severity: 'warning' });
  }

  last(key: string): Assignment | null {
    return this.source.unit.last(this.section, key);
  }

  all(key: string): Assignment[] {
    return this.source.unit.all(this.section, key);
  }

  text(key: string): string | null {
    return this.last(key)?.value ?? null;
  }

  boolean(key: string, otherwise: boolean): boolean {
    const entry = this.last(key);
    return entry === null ? otherwise : this.readBoolean(entry);
  }

  readBoolean(entry: Assignment): boolean {
    const value = readBoolean(entry.value);
    if (value === null) this.fail(entry, `${entry.key}=${entry.value} is neither true nor false`);
    return value ?? false;
  }

  /** The words of all lines of a key. */
  words(key: string): string[] {
    return this.all(key).flatMap((entry) => this.split(entry));
  }

  split(entry: Assignment): string[] {
    const words = splitWords(entry.value);
    if (words === null) this.fail(entry, `a quote in ${entry.key}= is not closed`);
    return words ?? [];
  }

  /** A path that may start from the unit's directory. Those with specifiers are systemd's to read. */
  path(text: string): string {
    if (isAbsolute(text) || text.startsWith('%')) return text;
    return normalize(`${this.source.directory}/${text}`);
  }

  /** A command line of bryo for an Exec…= setting. */
  command(...words: string[]): string {
    return quoteWords([this.around.product.program, ...this.words('GlobalArgs'), ...words]);
  }

  /** The service waits for another unit's one and goes with it. */
  require(other: SourceUnit): void {
    const service = serviceOf(other);
    if (this.#required.has(service)) return;
    this.#required.add(service);
    this.unitLines.push(`Requires=${service}`, `After=${service}`);
  }

  /** The service starts after another unit's one and stops whenever that does. */
  bind(other: SourceUnit): void {
    const service = serviceOf(other);
    this.unitLines.push(`BindsTo=${service}`, `After=${service}`);
  }

  /** The unit that a value such as `data.volume` names; a problem when it is missing. */
  sibling(entry: Assignment, fileName: string): SourceUnit | null {
    const found = findReferred(this.around, fileName);
    if (found === null) this.fail(entry, `${entry.key}= names ${fileName}, which does not exist`);
    else this.require(found);
    return found;
  }

  /** Reports keys that are unknown, or whose flag bryo has not got. */
  checkKeys(): void {
    const { kind } = this.source.name;
    const command = unitCommands[kind];
    const flags = this.around.product.flags(command);
    if (flags === null) {
      this.fail(null, `bryo has no ${JSON.stringify(command)}, which .${kind} files need`);
      return;
    }
    for (const entry of this.source.unit.of(this.section)) {
      const spec = keyTable[kind].find(({ name }) => name === entry.key);
      const reason = refusedKeys[entry.key];
      if (spec !== undefined) {
        const { flag } = spec.use;
        if (flag === null || flags.has(flag)) continue;
        this.fail(entry, `${entry.key}= is not supported: bryo ${command} has no --${flag}`);
      } else if (reason !== undefined) {
        this.fail(entry, `${entry.key}= is not supported: ${reason}`);
      } else {
        this.fail(entry, `unknown key ${entry.key}= in [${this.section}]`);
      }
    }
  }

  /** The flags of all keys that need no code of their own. */
  tableFlags(): string[] {
    return keyTable[this.source.name.kind].flatMap((spec) => this.#flagsOf(spec));
  }

  #flagsOf({ name, use, prefix = '' }: KeySpec): string[] {
    const flagged = (values: readonly string[], flag: string): string[] =>
      values.flatMap((value) => [`--${flag}`, `${prefix}${value}`]);
    switch (use.how) {
      case 'own':
        return [];
      case 'value':
        return flagged(
          this.all(name)
            .slice(-1)
            .map(({ value }) => value),
          use.flag,
        );
      case 'each':
        return flagged(
          this.all(name).map(({ value }) => value),
          use.flag,
        );
      case 'words':
        return flagged(this.words(name), use.flag);
      case 'switch': {
        const entry = this.last(name);
        if (entry === null) return [];
        return [this.readBoolean(entry) ? `--${use.flag}` : `--${use.flag}=false`];
      }
    }
  }

  /** A value of a dependency key with the names of unit files made those of services. */
  translateUnits(entry: Assignment): string {
    return this.split(entry)
      .map((word) => {
        if (parseUnitName(word) === null) return word;
        const other = findReferred(this.around, word);
        if (other !== null) return serviceOf(other);
        this.fail(entry, `${entry.key}= names ${word}, which does not exist`);
        return word;
      })
      .join(' ');
  }
}
