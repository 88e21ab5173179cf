import type { Problem } from './problem.ts';

/** `Key=Value` in a section of a unit file. */
export interface Assignment {
  section: string;
  key: string;
  value: string;
  file: string;
  line: number;
}

/** A section's heading. */
export interface SectionStart {
  name: string;
  file: string;
  line: number;
}

interface LogicalLine {
  text: string;
  line: number;
}

/** Largest file that is read, in bytes: units are written by hand. */
export const maxUnitSize = 1 << 20;

function isComment(text: string): boolean {
  return /^\s*[#;]/.test(text);
}

/** Joins lines that end with a backslash; comments among them are left out (systemd.syntax(7)). */
function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open: LogicalLine | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const physical = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (isComment(physical) || (open === null && physical.trim() === '')) continue;
    const continued = physical.endsWith('\\');
    const content = continued ? `${physical.slice(0, -1)} ` : physical;
    if (open === null) {
      open = { text: content, line: index + 1 };
      lines.push(open);
    } else {
      open.text += content;
    }
    if (!continued) open = null;
  }
  return lines;
}

/** A unit file, and the drop-ins that are added to it. */
export class UnitFile {
  readonly assignments: Assignment[] = [];
  readonly sections: SectionStart[] = [];
  readonly problems: Problem[] = [];

  /** Adds a file's text: the unit itself first, then its drop-ins. */
  add(text: string, file: string): this {
    let section: string | null = null;
    for (const { text: content, line } of logicalLines(text)) {
      const [, heading] = /^\s*\[([^[\]]+)\]\s*$/.exec(content) ?? [];
      const [, key, value] = /^\s*([^=[\]]+?)\s*=\s*([\s\S]*?)\s*$/.exec(content) ?? [];
      if (heading !== undefined) {
        section = heading;
        this.sections.push({ name: heading, file, line });
      } else if (key === undefined || value === undefined) {
        this.#note(file, line, `neither a [Section] nor Key=Value: ${JSON.stringify(content)}`);
      } else if (section === null) {
        this.#note(file, line, `${key}= comes before any [Section]`);
      } else {
        this.assignments.push({ section, key, value, file, line });
      }
    }
    return this;
  }

  #note(file: string, line: number, message: string): void {
    this.problems.push({ file, line, message, severity: 'error' });
  }

  /** All values of a list, in order; an empty one starts it anew. */
  all(section: string, key: string): Assignment[] {
    const found = this.of(section).filter((entry) => entry.key === key);
    const reset = found.findLastIndex(({ value }) => value === '');
    return found.slice(reset + 1);
  }

  /** The value that counts where there is only one; null: none, or an empty one. */
  last(section: string, key: string): Assignment | null {
    return this.all(section, key).at(-1) ?? null;
  }

  of(section: string): Assignment[] {
    return this.assignments.filter((entry) => entry.section === section);
  }

  hasSection(name: string): boolean {
    return this.sections.some((section) => section.name === name);
  }
}

/** As systemd reads it (systemd.syntax(7)); null: it is neither. */
export function readBoolean(text: string): boolean | null {
  if (/^(1|yes|y|true|t|on)$/i.test(text)) return true;
  if (/^(0|no|n|false|f|off)$/i.test(text)) return false;
  return null;
}
