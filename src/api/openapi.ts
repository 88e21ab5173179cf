import { version } from '../base/version.ts';
import { type ParamName, paramKinds } from './route/params.ts';
import type { AnswerSpec, RouteEntry, RouteSpec } from './route/route.ts';
import { aText, objectOf, type Schema } from './route/schema.ts';
import { dockerApi } from './route/version.ts';

type Json = Readonly<Record<string, unknown>>;

/** Statuses of errors, which any route may answer with. */
const errors: Readonly<Record<number, string>> = {
  400: 'the request cannot be understood, or does not go together',
  404: 'there is no such thing',
  409: 'a thing is in a state, or used, so that this cannot be done now',
  500: 'a part is missing, or something has failed',
  501: 'known elsewhere, and not to be had here',
};

const errorSchema = objectOf({ message: aText });

/** The path as OpenAPI writes it, below podman's prefix for its own. */
function pathOf({ api, path }: RouteEntry): string {
  return `${api === 'libpod' ? '/libpod' : ''}${path.replace('...}', '}')}`;
}

function content(type: string, schema: Schema | undefined): Json {
  return { content: { [type]: { schema: schema ?? {} } } };
}

function answer({ about, schema, type }: AnswerSpec): Json {
  const hasBody = schema !== undefined || type !== undefined;
  return { description: about, ...(hasBody && content(type ?? 'application/json', schema)) };
}

function parameters(entry: RouteEntry, { query = {} }: RouteSpec): Json[] {
  const names = [...entry.path.matchAll(/\{([a-z]+)(?:\.\.\.)?\}/g)].map(([, name = '']) => name);
  return [
    ...names.map((name) => ({
      name,
      in: 'path',
      required: true,
      description: paramKinds[name as ParamName].about,
      schema: { type: 'string' },
    })),
    ...Object.entries(query).map(([name, { type, about }]) => ({
      name,
      in: 'query',
      description: about,
      schema: type === 'array' ? { type, items: { type: 'string' } } : { type },
    })),
  ];
}

function operation(entry: RouteEntry, spec: RouteSpec): Json {
  const { summary, body, answers } = spec;
  const own = Object.entries(answers).map(([status, one]) => [status, answer(one)]);
  const failures = Object.entries(errors)
    .filter(([status]) => !(status in answers))
    .map(([status]) => [status, { $ref: `#/components/responses/${status}` }]);
  const said = parameters(entry, spec);
  return {
    summary,
    ...(entry.since !== undefined && { description: `Since version ${entry.since}.` }),
    ...(said.length > 0 && { parameters: said }),
    ...(body !== undefined && {
      requestBody: {
        description: body.about,
        ...content(body.type ?? 'application/json', body.schema),
      },
    }),
    responses: Object.fromEntries([...own, ...failures]),
  };
}

/** The description of all routes in OpenAPI 3.1 (spec.openapis.org), as docs/openapi.json has it. */
export async function openApi(routes: readonly RouteEntry[]): Promise<Json> {
  const paths: Record<string, Record<string, Json>> = {};
  for (const entry of routes) {
    const path = pathOf(entry);
    paths[path] = {
      ...paths[path],
      [entry.method.toLowerCase()]: operation(entry, await entry.load()),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: "bryo: Docker Engine's API and podman's",
      version,
      description: `Versions ${dockerApi.oldest} to ${dockerApi.newest} of Docker's, also without one in the path.`,
    },
    paths,
    components: {
      responses: Object.fromEntries(
        Object.entries(errors).map(([status, description]) => [
          status,
          { description, ...content('application/json', errorSchema) },
        ]),
      ),
    },
  };
}
