import { createSecret } from '../../../engine/secrets/secrets.ts';
import { checkDriver } from '../../../secret/drivers.ts';
import { secretFilter } from '../../../secret/filter.ts';
import { maxSecretSize } from '../../../secret/secret.ts';
import { findSecret, listSecrets, secretValue } from '../../../secret/secrets.ts';
import { describeSecret } from '../../../view/podman/secret.ts';
import { Field } from '../../body/field.ts';
import { HttpProblem } from '../../http/problem.ts';
import { document, filters, flag, text } from '../../route/query.ts';
import { empty, json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, listOf, objectOf } from '../../route/schema.ts';

const secretSchema = objectOf({ ID: aText, CreatedAt: aText, UpdatedAt: aText, Spec: anObject });

export const list = defineRoute({
  summary: 'List secrets, without their values',
  query: { filters: filters() },
  answers: { 200: { about: 'secrets', schema: listOf(secretSchema) } },
  async handle({ engine, query }) {
    const fits = await secretFilter(query.filters);
    return json(listSecrets(engine.store).filter(fits).map(describeSecret));
  },
});

export const create = defineRoute({
  summary: 'Create a secret',
  query: {
    name: text('its name'),
    driver: text('file or shell; file otherwise'),
    driverOpts: document('options of the driver: {"KEY":"VALUE"}'),
    labels: document('labels: {"KEY":"VALUE"}'),
    replace: flag('in the place of one of that name'),
    ignore: flag('one that is there is no error'),
  },
  body: { about: 'its value', type: 'application/octet-stream' },
  answers: { 200: { about: 'its id', schema: objectOf({ ID: aText }) } },
  async handle({ engine, query, body }) {
    if (!query.name) throw new HttpProblem(400, 'name: a name is needed');
    const value = await body.bytes(maxSecretSize + 1);
    const driverOptions = new Field(query.driverOpts, 'driverOpts').textMap();
    const known = listSecrets(engine.store).find(({ name }) => name === query.name);
    if (query.ignore && known !== undefined) return json({ ID: known.id });
    const id = await createSecret(engine, {
      name: query.name,
      driver: checkDriver(query.driver || 'file', driverOptions),
      driverOptions,
      labels: new Field(query.labels, 'labels').textMap(),
      value,
      replace: query.replace,
    });
    return json({ ID: id });
  },
});

export const inspect = defineRoute({
  summary: 'Show a secret',
  query: { showSecret: flag('with its value') },
  answers: { 200: { about: 'the secret', schema: secretSchema } },
  async handle(request) {
    const { store } = request.engine;
    const info = findSecret(store, param(request, 'secret'));
    const object = describeSecret(info);
    if (request.query.showSecret) {
      object['SecretData'] = Buffer.from(secretValue(store, info)).toString('utf8');
    }
    return json(object);
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is a secret of that name',
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    findSecret(request.engine.store, param(request, 'secret'));
    return empty();
  },
});
