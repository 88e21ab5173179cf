import {
  addToList,
  annotateEntry,
  annotateList,
  createList,
  type EntryChanges,
  inspectList,
  noChanges,
  removeEntry,
  removeList,
} from '../../../engine/images/manifest-lists.ts';
import { pushStoredList } from '../../../engine/images/push.ts';
import { findList, resolveList } from '../../../image/lists.ts';
import { noSigning } from '../../../image/policy/sign.ts';
import { readPair } from '../../../request/values.ts';
import { type Field, refuse } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { checkRegistryName } from '../../body/registry-auth.ts';
import { failureOf } from '../../errors.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, text, texts } from '../../route/query.ts';
import { empty, json, jsonLines, type Reply } from '../../route/reply.ts';
import { type ApiRequest, param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aNumber, anObject, aText, listOf, objectOf } from '../../route/schema.ts';
import { accessQuery, readAccess, transferLines } from '../images/access.ts';

type Requested = Pick<ApiRequest, 'engine' | 'headers'> & {
  query: { tlsVerify: string | null; retry: number | null; retryDelay: string | null };
};

async function addAll(
  request: Requested,
  name: string,
  images: readonly string[],
  { all, changes }: { all: boolean; changes: EntryChanges },
): Promise<string> {
  let id = resolveList(request.engine.store, name).id;
  for (const image of images) {
    id = await addToList(request.engine, name, {
      ...readAccess(request, image),
      image,
      all,
      changes,
      signaturePolicy: null,
      onProgress: () => undefined,
    });
  }
  return id;
}

const idSchema = objectOf({ Id: aText });

export const create = defineRoute({
  summary: 'Create a list of manifests',
  query: {
    name: text('its name, where the path has none'),
    images: texts('images to add'),
    all: flag('all that is in a list that is added'),
    amend: flag('one of that name is added to'),
    annotation: texts('annotations of the list: KEY=VALUE'),
    ...accessQuery,
  },
  body: { about: 'ManifestModifyOptions', schema: anObject },
  answers: { 201: { about: 'its id', schema: idSchema } },
  async handle(request) {
    const { engine, query } = request;
    const name = request.params['image'] ?? query.name ?? '';
    if (name === '') throw new HttpProblem(400, 'name: a name is needed');
    const body = await readBody(request);
    const annotations = Object.fromEntries(query.annotation.map(readPair));
    await createList(engine, name, { amend: query.amend, annotations });
    const images = [...query.images, ...body.get('images').texts()];
    try {
      const options = { all: query.all || body.get('all').flag(), changes: readChanges(body) };
      return json({ Id: await addAll(request, name, images, options) }, 201);
    } catch (error) {
      // Half a list would stand in the way of the next attempt.
      if (!query.amend) await removeList(engine, name);
      throw error;
    }
  },
});

export const inspect = defineRoute({
  summary: 'Show a list of manifests',
  query: accessQuery,
  answers: {
    200: {
      about: 'the list',
      schema: objectOf({ schemaVersion: aNumber, manifests: listOf(anObject) }),
    },
  },
  async handle(request) {
    const name = param(request, 'image');
    return json(await inspectList(request.engine, name, readAccess(request, name)));
  },
});

export const exists = defineRoute({
  summary: 'Tell whether there is a list of that name',
  answers: { 204: { about: 'there is' } },
  async handle(request) {
    const name = param(request, 'image');
    if (findList(request.engine.store, name) !== null) return empty();
    throw new HttpProblem(404, `${name}: no such list of manifests: image not known`);
  },
});

/** The description that an entry is to get. */
function readChanges(body: Field): EntryChanges {
  const words = body.get('annotation').texts().map(readPair);
  return {
    ...noChanges,
    annotations: { ...body.get('annotations').textMap(), ...Object.fromEntries(words) },
    arch: body.get('arch').word(),
    os: body.get('os').word(),
    variant: body.get('variant').word(),
    osVersion: body.get('os_version').word(),
    features: body.get('features').texts(),
    osFeatures: body.get('os_features').texts(),
  };
}

export const modify = defineRoute({
  summary: 'Change a list of manifests',
  query: accessQuery,
  body: { about: 'ManifestModifyOptions: operation update, remove or annotate', schema: anObject },
  answers: { 200: { about: 'its id', schema: idSchema } },
  async handle(request) {
    const { engine } = request;
    const name = param(request, 'image');
    resolveList(engine.store, name);
    const body = await readBody(request);
    refuse(body, { artifact_type: 'artifacts are added by the command line', subject: 'not kept' });
    const images = body.get('images').texts();
    const own = Object.fromEntries(body.get('index_annotation').texts().map(readPair));
    const listed = { ...body.get('index_annotations').textMap(), ...own };
    if (Object.keys(listed).length > 0) await annotateList(engine, name, listed);
    const operation = body.get('operation').word();
    const changes = readChanges(body);
    switch (operation) {
      case 'update': {
        const all = body.get('all').flag();
        return json({ images, Id: await addAll(request, name, images, { all, changes }) });
      }
      case 'remove':
        for (const digest of images) await removeEntry(engine, name, digest);
        break;
      case 'annotate':
        for (const digest of images) await annotateEntry(engine, name, digest, changes);
        break;
      default:
        throw body.get('operation').problem('update, remove or annotate is needed');
    }
    return json({ images, Id: resolveList(engine.store, name).id });
  },
});

export const remove = defineRoute({
  summary: 'Remove a list of manifests',
  query: { ignore: flag('one that does not exist is no error') },
  answers: { 200: { about: 'what was removed', schema: anObject } },
  async handle(request) {
    const { engine, query } = request;
    const name = param(request, 'image');
    const known = findList(engine.store, name) !== null;
    if (!known && query.ignore) return json({ Deleted: [], Untagged: [], Errors: [], ExitCode: 0 });
    const { name: full } = resolveList(engine.store, name);
    const id = await removeList(engine, name);
    return json({ Deleted: [id], Untagged: [full], Errors: [], ExitCode: 0 });
  },
});

/** The form of manifests that a push asks for. */
function readFormat(word: string | null): 'oci' | 'v2s2' | null {
  if (!word) return null;
  if (word === 'oci') return word;
  if (word === 'v2s2' || word === 'docker') return 'v2s2';
  throw new HttpProblem(400, `format: ${word} is none of oci and v2s2`);
}

export const pushed = defineRoute({
  summary: 'Push a list of manifests to a registry',
  query: {
    all: flag('with all that it lists'),
    format: text('oci or v2s2; as it is otherwise'),
    removeSignatures: flag('send no signatures of others, as is always done'),
    quiet: flag('tell of no progress', true),
    ...accessQuery,
  },
  answers: { 200: { about: 'progress, a JSON document a line', type: 'application/json' } },
  async handle(request): Promise<Reply> {
    const { engine, query } = request;
    const list = resolveList(engine.store, param(request, 'image'));
    const destination = param(request, 'destination');
    checkRegistryName(destination);
    const asked = {
      ...readAccess(request, destination),
      name: list.name,
      destination,
      list,
      all: query.all,
      conversion: { format: readFormat(query.format), compression: null },
      signing: noSigning,
    };
    if (query.quiet) {
      return json({ Id: await pushStoredList(engine, { ...asked, onProgress: () => undefined }) });
    }
    return jsonLines(async (tell, writer) => {
      let told = writer.begin();
      const say = (value: unknown): void => {
        told = told.then(() => tell(value));
        told.catch(() => undefined);
      };
      const onProgress = transferLines((line) => say({ stream: line }));
      try {
        say({ Id: await pushStoredList(engine, { ...asked, onProgress }) });
      } catch (error) {
        say({ error: failureOf(error, 'libpod').message });
      }
      await told;
    });
  },
});
