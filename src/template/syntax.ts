/** A Go template (text/template) taken apart. */
export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'output'; pipeline: Pipeline }
  | {
      kind: 'if';
      branches: { condition: Pipeline; body: TemplateNode[] }[];
      otherwise: TemplateNode[];
    }
  | { kind: 'range'; pipeline: Pipeline; body: TemplateNode[]; otherwise: TemplateNode[] }
  | {
      kind: 'with';
      branches: { condition: Pipeline; body: TemplateNode[] }[];
      otherwise: TemplateNode[];
    }
  /** `break` and `continue`, within a range only. */
  | { kind: 'leave'; how: 'break' | 'continue' }
  /** `{{template "name" pipeline}}`; `definitions` is shared by a whole template. */
  | { kind: 'call'; name: string; pipeline: Pipeline | null; definitions: Definitions };

/** Bodies of `{{define "name"}}` and `{{block "name" …}}`. */
export type Definitions = Map<string, TemplateNode[]>;

/** Commands whose results are handed on from left to right, and variables that get the result. */
export interface Pipeline {
  variables: string[];
  /** `:=` makes the variables, `=` sets those that are there. */
  declares: boolean;
  commands: Operand[][];
}

export type Operand =
  | { kind: 'literal'; value: string | number | boolean | null }
  /** `.A.B`, or `$x.A` with the variable's name in `variable`. */
  | { kind: 'field'; variable: string | null; path: string[] }
  | { kind: 'function'; name: string }
  | { kind: 'pipeline'; pipeline: Pipeline; path: string[] };

/** A template that cannot be read or evaluated. */
export class TemplateError extends Error {}
