import type { QueryShape, QueryValues } from './query.ts';
import type { Reply } from './reply.ts';
import type { Api, ApiRequest } from './request.ts';
import type { Schema } from './schema.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

/** A status that a route answers with, beside those of errors. */
export interface AnswerSpec {
  about: string;
  /** The shape of its JSON; absent: it has none. */
  schema?: Schema;
  /** Of a body that is no JSON document. */
  type?: string;
}

/** All that a route takes and gives. Dispatch, the OpenAPI description and the documentation come from it. */
export interface RouteSpec<Shape extends QueryShape = QueryShape> {
  /** The deed, in a phrase without a final stop. */
  summary: string;
  query?: Shape;
  /** The request's body; absent: one is passed by. */
  body?: { about: string; type?: string; schema?: Schema };
  answers: Readonly<Record<number, AnswerSpec>>;
  handle(request: ApiRequest<QueryValues<Shape>>): Promise<Reply>;
}

/** Declares a route; exists for its types. */
export function defineRoute<Shape extends QueryShape = Record<never, never>>(
  spec: RouteSpec<Shape>,
): RouteSpec {
  // The dispatcher reads the query by the route's own shape before it calls it.
  return spec as unknown as RouteSpec;
}

/** One line of the table: where a route is, and the module that has it. */
export interface RouteEntry {
  api: Api;
  method: Method;
  /** `/containers/{name}/json`; `{name...}` takes the slashes, too. The name says what may stand there. */
  path: string;
  /** The first version of the API that has it; absent: all that are served. */
  since?: string;
  load(): Promise<RouteSpec>;
}
