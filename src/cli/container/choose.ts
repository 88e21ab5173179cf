import { readFileSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { type ContainerView, stateName, viewContainers } from '../../engine/containers/describe.ts';
import { applyFilters } from '../../engine/containers/filters.ts';
import type { Invocation } from '../command.ts';
import { latestContainer } from '../options/latest.ts';

/** The containers a verb is to act on. */
export interface Choice {
  /** As the caller called them; ids when they were chosen otherwise. */
  names: readonly string[];
  /** Chosen by what they are: one that has gone meanwhile is no error then. */
  bySearch: boolean;
}

/** Rules by which a verb chooses containers from its flags. */
export interface ChoiceRules {
  /** Which ones --all and --filter mean, by state. */
  all: (status: string) => boolean;
  /** An id file that does not exist is no error. */
  ignore?: boolean;
  /** --filter narrows the names down instead of standing for them. */
  narrowing?: boolean;
  /** Without names all are meant. */
  implied?: boolean;
}

/** The id that `create --cidfile` wrote; null: there is no file, and that is allowed. */
function readIdFile(path: string, ignore: boolean): string | null {
  try {
    const [id = ''] = readFileSync(path, 'utf8').split('\n');
    if (id.trim() !== '') return id.trim();
  } catch (error) {
    if (ignore && errnoCode(error) === 'ENOENT') return null;
    const why = errnoCode(error) === 'ENOENT' ? 'no such file or directory' : errnoCode(error);
    throw new BryoError('bad-cidfile', `reading CIDFile: open ${path}: ${why}`);
  }
  throw new BryoError('bad-cidfile', `cannot read a container id from ${path}: it is empty`);
}

function checkConflicts(invocation: Invocation, rules: ChoiceRules): void {
  const { args } = invocation;
  const ways = ['all', 'latest', 'cidfile'].filter((name) => invocation.given(name));
  const [way, other] = ways.map((name) => `--${name}`);
  if (other !== undefined) {
    throw new BryoError('usage', `${way} and ${other} cannot be used together`);
  }
  const filtered = invocation.given('filter') && !rules.narrowing;
  if (args.length > 0 && (way === '--all' || way === '--latest' || filtered)) {
    throw new BryoError(
      'usage',
      `${filtered ? '--filter' : way} and containers cannot be used together`,
    );
  }
}

/** Values of a flag; of one that the verb does not have, none. */
function textsOf(invocation: Invocation, name: string): readonly string[] {
  return invocation.given(name) ? invocation.texts(name) : [];
}

async function search(invocation: Invocation, rules: ChoiceRules): Promise<ContainerView[]> {
  const { engine } = invocation.context;
  const views = viewContainers(engine.store);
  const filters = textsOf(invocation, 'filter');
  const fitting = await applyFilters(engine, views, filters);
  if (invocation.flag('latest')) {
    const latest = latestContainer(invocation.context.engine.store);
    return fitting.filter(({ record }) => record.id === latest);
  }
  return fitting.filter(({ state }) => rules.all(stateName(state)));
}

/**
 * The containers that the arguments, --all, --latest, --cidfile and --filter choose
 * (`choiceOptions`). Throws BryoError `usage` when they contradict each other or name nothing.
 */
export async function chooseContainers(
  invocation: Invocation,
  rules: ChoiceRules,
): Promise<Choice> {
  checkConflicts(invocation, rules);
  const { args } = invocation;
  const files = textsOf(invocation, 'cidfile')
    .map((path) => readIdFile(path, rules.ignore ?? false))
    .filter((id) => id !== null);
  const searched =
    rules.implied === true || ['all', 'latest', 'filter'].some((name) => invocation.given(name));
  if (args.length === 0 && !invocation.given('cidfile') && searched) {
    const found = await search(invocation, rules);
    const names = found.map(({ record }) => record.id);
    return { names, bySearch: true };
  }
  if (args.length === 0 && !invocation.given('cidfile')) {
    throw new BryoError('usage', 'you must provide at least one name or id', {
      hint: 'or --all or --latest',
    });
  }
  return { names: [...args, ...files], bySearch: false };
}
