import { BryoError } from '../../base/errors.ts';
import { findRecord } from '../../container/records.ts';
import type { EngineEvent, EventType } from '../../event/event.ts';
import { labelFits } from '../../request/filters.ts';
import { readPair } from '../../request/values.ts';
import type { Engine } from '../engine.ts';

type Test = (event: EngineEvent) => boolean;

/** The id of the container that has a name by now; null: none has. */
function idOf(engine: Engine, value: string): string | null {
  try {
    return findRecord(engine.store, value).id;
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return null;
  }
}

/** By name, by the beginning of an id, and by the name that the container has by now. */
function namesContainer(engine: Engine, value: string): Test {
  const id = idOf(engine, value);
  return ({ Type, ID = '', Name }) =>
    Type === 'container' && (Name === value || ID === id || ID.startsWith(value));
}

function namesImage(value: string): Test {
  return ({ Type, ID = '', Image, Name }) => {
    const name = Type === 'image' ? Name : Image;
    const fits = name === value || name?.replace(/:[^:/]*$/, '') === value;
    return fits || (Type === 'image' && ID.startsWith(value));
  };
}

/** By name or the beginning of an id. */
function namesOne(type: EventType, value: string): Test {
  return ({ Type, ID = '', Name }) => Type === type && (Name === value || ID.startsWith(value));
}

/** By what has happened; `die` is docker's name of `died`. */
function withStatus(value: string): Test {
  return ({ Status }) => Status === (value === 'die' ? 'died' : value);
}

const makers: Readonly<Record<string, (value: string, engine: Engine) => Test>> = {
  container: (value, engine) => namesContainer(engine, value),
  event: withStatus,
  status: withStatus,
  image: namesImage,
  label: (value) => (event) => labelFits(event.Attributes ?? {}, value),
  pod: (value) => namesOne('pod', value),
  network: (value) => (event) =>
    event.Type === 'network' && (event.Network === value || (event.ID ?? '').startsWith(value)),
  secret: (value) => namesOne('secret', value),
  volume: (value) => (event) => event.Type === 'volume' && (event.Name ?? '').startsWith(value),
  type: (value) => (event) => event.Type === value,
};

/** Filters of one key are alternatives; all keys must fit (podman-events(1)). */
export function eventFilter(engine: Engine, words: readonly string[]): Test {
  const byKey = new Map<string, Test[]>();
  for (const word of words) {
    const [key, value] = readPair(word);
    const maker = Object.hasOwn(makers, key) ? makers[key] : undefined;
    if (maker === undefined || !word.includes('=')) {
      throw new BryoError('usage', `failed to parse event filters: ${key} is an invalid filter`, {
        hint: `KEY=VALUE is needed; known are ${Object.keys(makers).join(', ')}`,
      });
    }
    const tests = byKey.get(key);
    if (tests === undefined) byKey.set(key, [maker(value, engine)]);
    else tests.push(maker(value, engine));
  }
  return (event) => [...byKey.values()].every((tests) => tests.some((test) => test(event)));
}

/** The ids by which the containers that filters name by now are found later, when they are gone or have other names. */
export function idsOfFilters(engine: Engine, words: readonly string[]): string[] {
  const ids = words.flatMap((word) => {
    const [key, value] = readPair(word);
    const id = key === 'container' ? idOf(engine, value) : null;
    return id === null ? [] : [id];
  });
  return [...new Set(ids)];
}
