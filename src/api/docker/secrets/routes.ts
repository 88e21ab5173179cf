import { createSecret, removeSecret } from '../../../engine/secrets/secrets.ts';
import { checkDriver } from '../../../secret/drivers.ts';
import { secretFilter } from '../../../secret/filter.ts';
import { findSecret, listSecrets } from '../../../secret/secrets.ts';
import { describeSecret } from '../../../view/podman/secret.ts';
import { refuse } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { filters, number } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, listOf, objectOf } from '../../route/schema.ts';

const secretSchema = objectOf({
  ID: aText,
  Version: objectOf({ Index: aNumber }),
  CreatedAt: aText,
  UpdatedAt: aText,
  Spec: anObject,
});

/** A secret as Docker shows it: with the version of the object in a swarm, which never changes here. */
function shown(secret: Parameters<typeof describeSecret>[0]): Record<string, unknown> {
  return { ...describeSecret(secret), Version: { Index: 1 } };
}

export const list = defineRoute({
  summary: 'List secrets, without their values',
  query: { filters: filters() },
  answers: { 200: { about: 'secrets', schema: listOf(secretSchema) } },
  async handle({ engine, query }) {
    const fits = await secretFilter(query.filters);
    return json(listSecrets(engine.store).filter(fits).map(shown));
  },
});

/** Standard base64 with its padding (RFC 4648, section 4), as Docker's clients send values. */
function decode(text: string): Buffer {
  const value = Buffer.from(text, 'base64');
  if (value.toString('base64') === text) return value;
  throw new HttpProblem(400, 'Data: base64 is needed');
}

export const create = defineRoute({
  summary: 'Create a secret',
  body: { about: 'SecretSpec', schema: anObject },
  answers: { 201: { about: 'its id', schema: objectOf({ ID: aText }) } },
  async handle(request) {
    const body = await readBody(request);
    refuse(body, { Templating: 'templates are filled in by a swarm' });
    const name = body.get('Name').word();
    if (name === null) throw new HttpProblem(400, 'Name: a name is needed');
    const driver = body.get('Driver');
    const driverOptions = driver.get('Options').textMap();
    const id = await createSecret(request.engine, {
      name,
      driver: checkDriver(driver.get('Name').word() ?? 'file', driverOptions),
      driverOptions,
      labels: body.get('Labels').textMap(),
      value: decode(body.get('Data').text() ?? ''),
      replace: false,
    });
    return json({ ID: id }, 201);
  },
});

export const inspect = defineRoute({
  summary: 'Show a secret',
  answers: { 200: { about: 'the secret', schema: secretSchema } },
  handle: async (request) =>
    json(shown(findSecret(request.engine.store, param(request, 'secret')))),
});

export const remove = defineRoute({
  summary: 'Remove a secret',
  answers: { 204: { about: 'it is done' } },
  async handle(request) {
    await removeSecret(request.engine, param(request, 'secret'));
    return empty();
  },
});

export const update = defineRoute({
  summary: 'Refuse to change the labels of a secret',
  query: { version: number('its version') },
  answers: { 501: { about: 'secrets are never changed' } },
  async handle() {
    throw new HttpProblem(501, 'secrets are never changed: remove it and create it anew');
  },
});
