import { templateFunctions } from './functions.ts';
import { type Operand, type Pipeline, TemplateError, type TemplateNode } from './syntax.ts';
import { goValue, isObject, isTrue, printValue, type ShowText, selectField } from './values.ts';

/** Variables by name (`$` is the whole data), innermost scope first. */
interface Scope {
  names: Map<string, unknown>;
  outer: Scope | null;
}

const maxDepth = 1000;

function findScope(scope: Scope, name: string): Scope {
  for (let current: Scope | null = scope; current !== null; current = current.outer) {
    if (current.names.has(name)) return current;
  }
  throw new TemplateError(`undefined variable ${JSON.stringify(name)}`);
}

function innerScope(outer: Scope | null, data?: unknown): Scope {
  return { names: new Map(outer === null ? [['$', data]] : []), outer };
}

function callFunction(name: string, args: readonly unknown[]): unknown {
  const called = Object.hasOwn(templateFunctions, name) ? templateFunctions[name] : undefined;
  if (called === undefined) throw new TemplateError(`function ${JSON.stringify(name)} not defined`);
  return called(...args);
}

/** How a list of nodes was left. */
type Left = 'end' | 'break' | 'continue';

class Evaluator {
  #output = '';
  #depth = 0;

  run(nodes: readonly TemplateNode[], data: unknown): string {
    this.#list(nodes, data, innerScope(null, data));
    return this.#output;
  }

  #list(nodes: readonly TemplateNode[], dot: unknown, scope: Scope): Left {
    for (const node of nodes) {
      const left = this.#node(node, dot, scope);
      if (left !== 'end') return left;
    }
    return 'end';
  }

  #node(node: TemplateNode, dot: unknown, scope: Scope): Left {
    switch (node.kind) {
      case 'text':
        this.#output += node.text;
        return 'end';
      case 'output': {
        const value = this.#pipeline(node.pipeline, dot, scope);
        if (node.pipeline.variables.length === 0) this.#output += printValue(value);
        else this.#assign(node.pipeline, [value], scope);
        return 'end';
      }
      case 'if':
      case 'with':
        return this.#branches(node, dot, scope);
      case 'range':
        return this.#range(node, dot, scope);
      case 'leave':
        return node.how;
      case 'call':
        this.#call(node, dot, scope);
        return 'end';
    }
  }

  #branches(node: TemplateNode & { kind: 'if' | 'with' }, dot: unknown, scope: Scope): Left {
    const inner = innerScope(scope);
    for (const { condition, body } of node.branches) {
      const value = this.#pipeline(condition, dot, inner);
      this.#assign(condition, [value], inner);
      if (isTrue(value)) return this.#list(body, node.kind === 'with' ? value : dot, inner);
    }
    return this.#list(node.otherwise, dot, inner);
  }

  #entries(value: unknown): [unknown, unknown][] {
    if (Array.isArray(value)) return [...value.entries()];
    if (isObject(value)) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    if (typeof value === 'number') return Array.from({ length: value }, (_, at) => [at, at]);
    if (!isTrue(value)) return [];
    throw new TemplateError(`range can't iterate over ${printValue(value)}`);
  }

  #range(node: TemplateNode & { kind: 'range' }, dot: unknown, scope: Scope): Left {
    const entries = this.#entries(this.#pipeline(node.pipeline, dot, scope));
    if (entries.length === 0) return this.#list(node.otherwise, dot, innerScope(scope));
    const two = node.pipeline.variables.length === 2;
    for (const [key, item] of entries) {
      const inner = innerScope(scope);
      this.#assign(node.pipeline, two ? [key, item] : [item], inner);
      if (this.#list(node.body, item, inner) === 'break') break;
    }
    return 'end';
  }

  #call(node: TemplateNode & { kind: 'call' }, dot: unknown, scope: Scope): void {
    const body = node.definitions.get(node.name);
    if (body === undefined) {
      throw new TemplateError(`template ${JSON.stringify(node.name)} not defined`);
    }
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new TemplateError('templates call each other without end');
    const data = node.pipeline === null ? null : this.#pipeline(node.pipeline, dot, scope);
    this.#list(body, data, innerScope(null, data));
    this.#depth -= 1;
  }

  #assign({ variables, declares }: Pipeline, values: readonly unknown[], scope: Scope): void {
    for (const [index, name] of variables.entries()) {
      const owner = declares ? scope : findScope(scope, name);
      owner.names.set(name, values[index]);
    }
  }

  #pipeline(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
    let value: unknown;
    for (const [index, [first, ...rest]] of pipeline.commands.entries()) {
      if (first === undefined) throw new TemplateError('missing value');
      const handedOn = index > 0 ? [value] : [];
      value = this.#command(first, rest, { handedOn, dot, scope });
    }
    return value;
  }

  #command(
    first: Operand,
    rest: readonly Operand[],
    { handedOn, dot, scope }: { handedOn: unknown[]; dot: unknown; scope: Scope },
  ): unknown {
    if (first.kind === 'function' && (first.name === 'and' || first.name === 'or')) {
      return this.#shortCircuit(first.name, [
        ...rest.map((operand) => () => this.#operand(operand, dot, scope)),
        ...handedOn.map((value) => () => value),
      ]);
    }
    const args = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...handedOn];
    if (first.kind === 'function') return callFunction(first.name, args);
    if (args.length === 0) return this.#operand(first, dot, scope);
    if (first.kind === 'literal') throw new TemplateError("can't give an argument to a constant");
    return selectField(this.#base(first, dot, scope), first.path, args);
  }

  /** Arguments after the one that decides are not evaluated. */
  #shortCircuit(name: 'and' | 'or', args: readonly (() => unknown)[]): unknown {
    if (args.length === 0) throw new TemplateError(`${name} needs an argument`);
    let value: unknown;
    for (const argument of args) {
      value = argument();
      if (isTrue(value) === (name === 'or')) break;
    }
    return value;
  }

  #base(
    operand: Extract<Operand, { kind: 'field' | 'pipeline' }>,
    dot: unknown,
    scope: Scope,
  ): unknown {
    if (operand.kind === 'pipeline') return this.#pipeline(operand.pipeline, dot, scope);
    const { variable } = operand;
    return variable === null ? dot : findScope(scope, variable).names.get(variable);
  }

  #operand(operand: Operand, dot: unknown, scope: Scope): unknown {
    if (operand.kind === 'literal') return operand.value;
    if (operand.kind === 'function') return callFunction(operand.name, []);
    return selectField(this.#base(operand, dot, scope), operand.path);
  }
}

/** Fills a parsed template in with JSON data. Throws TemplateError. */
export function evaluateTemplate(
  nodes: readonly TemplateNode[],
  data: unknown,
  shown?: ShowText,
): string {
  return new Evaluator().run(nodes, goValue(data, shown));
}
