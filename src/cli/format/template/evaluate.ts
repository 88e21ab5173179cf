import { templateFunctions } from './functions.ts';
import { type Operand, type Pipeline, TemplateError, type TemplateNode } from './syntax.ts';
import { isObject, isTrue, printValue, selectField } from './values.ts';

/** Variables by name (`$` is the whole data), innermost scope first. */
interface Scope {
  names: Map<string, unknown>;
  outer: Scope | null;
}

function lookUp(scope: Scope | null, name: string): unknown {
  for (let current = scope; current !== null; current = current.outer) {
    if (current.names.has(name)) return current.names.get(name);
  }
  throw new TemplateError(`undefined variable ${name}`);
}

function callFunction(name: string, args: unknown[]): unknown {
  const called = Object.hasOwn(templateFunctions, name) ? templateFunctions[name] : undefined;
  if (called === undefined) throw new TemplateError(`function ${JSON.stringify(name)} not defined`);
  return called(...args);
}

class Evaluator {
  #output = '';

  run(nodes: readonly TemplateNode[], data: unknown): string {
    this.#list(nodes, data, { names: new Map([['$', data]]), outer: null });
    return this.#output;
  }

  #list(nodes: readonly TemplateNode[], dot: unknown, scope: Scope): void {
    for (const node of nodes) this.#node(node, dot, scope);
  }

  #node(node: TemplateNode, dot: unknown, scope: Scope): void {
    switch (node.kind) {
      case 'text':
        this.#output += node.text;
        return;
      case 'output': {
        const value = this.#pipeline(node.pipeline, dot, scope);
        this.#assign(node.pipeline.variables, [value], scope);
        if (node.pipeline.variables.length === 0) this.#output += printValue(value);
        return;
      }
      case 'if': {
        const inner: Scope = { names: new Map(), outer: scope };
        const taken = node.branches.find(({ condition }) => {
          const value = this.#pipeline(condition, dot, inner);
          this.#assign(condition.variables, [value], inner);
          return isTrue(value);
        });
        this.#list(taken?.body ?? node.otherwise, dot, inner);
        return;
      }
      case 'with': {
        const inner: Scope = { names: new Map(), outer: scope };
        const value = this.#pipeline(node.pipeline, dot, inner);
        this.#assign(node.pipeline.variables, [value], inner);
        if (isTrue(value)) this.#list(node.body, value, inner);
        else this.#list(node.otherwise, dot, scope);
        return;
      }
      case 'range':
        this.#range(node, dot, scope);
    }
  }

  #range(node: TemplateNode & { kind: 'range' }, dot: unknown, scope: Scope): void {
    const value = this.#pipeline(node.pipeline, dot, scope);
    const entries: [unknown, unknown][] = Array.isArray(value)
      ? [...value.entries()]
      : isObject(value)
        ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
        : [];
    if (!isTrue(value)) this.#list(node.otherwise, dot, scope);
    else if (entries.length === 0)
      throw new TemplateError(`range can't iterate over ${printValue(value)}`);
    const { variables } = node.pipeline;
    for (const [key, item] of entries) {
      const inner: Scope = { names: new Map(), outer: scope };
      this.#assign(variables, variables.length === 2 ? [key, item] : [item], inner);
      this.#list(node.body, item, inner);
    }
  }

  #assign(variables: readonly string[], values: readonly unknown[], scope: Scope): void {
    for (const [index, name] of variables.entries()) scope.names.set(name, values[index]);
  }

  #pipeline(pipeline: Pipeline, dot: unknown, scope: Scope): unknown {
    let value: unknown;
    for (const [index, command] of pipeline.commands.entries()) {
      const [first, ...rest] = command;
      if (first === undefined) throw new TemplateError('missing value');
      const args = rest.map((operand) => this.#operand(operand, dot, scope));
      if (index > 0) args.push(value);
      if (first.kind === 'function') {
        value = callFunction(first.name, args);
      } else if (args.length > 0) {
        throw new TemplateError(`can't give an argument to a value that is no function`);
      } else {
        value = this.#operand(first, dot, scope);
      }
    }
    return value;
  }

  #operand(operand: Operand, dot: unknown, scope: Scope): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value;
      case 'field': {
        const base = operand.variable === null ? dot : lookUp(scope, operand.variable);
        return selectField(base, operand.path);
      }
      case 'function':
        return callFunction(operand.name, []);
      case 'pipeline':
        return selectField(this.#pipeline(operand.pipeline, dot, scope), operand.path);
    }
  }
}

/** Fills a parsed template in. Throws TemplateError. */
export function evaluateTemplate(nodes: readonly TemplateNode[], data: unknown): string {
  return new Evaluator().run(nodes, data);
}
