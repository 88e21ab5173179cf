import { findRecord } from '../../../container/records.ts';
import { prepareExec } from '../../../engine/containers/prepared-execs.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import { readWorkdir } from '../../../request/process.ts';
import type { Field } from '../../body/field.ts';
import { readBody } from '../../body/read.ts';
import { HttpProblem } from '../../http/problem.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { anObject, aText, objectOf } from '../../route/schema.ts';

function readEnvironment(list: Field): Record<string, string> {
  const pairs = list.items().map((item): [string, string] => {
    const word = item.text() ?? '';
    const equals = word.indexOf('=');
    if (equals === 0 || word === '') throw item.problem('a name is needed before "="');
    return equals < 0 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  return Object.fromEntries(pairs);
}

export const route = defineRoute({
  summary: 'Prepare a command to run in a container',
  body: { about: 'ExecConfig', schema: anObject },
  answers: { 201: { about: 'it is prepared', schema: objectOf({ Id: aText }) } },
  async handle(request) {
    const { engine } = request;
    const name = param(request, 'container');
    const record = findRecord(engine.store, name);
    const body = await readBody(request);
    const command = body.get('Cmd').words();
    if (command.length === 0) {
      if (request.api === 'docker') throw body.get('Cmd').problem('No exec command specified');
      throw new HttpProblem(500, 'must provide a non-empty command to start an exec session');
    }
    const state = await settledContainerState(engine.store, record.id);
    if (state.status !== 'running') {
      throw new HttpProblem(409, `container ${record.id} is not running`);
    }
    if (state.paused) {
      throw new HttpProblem(409, `container ${name} is paused, unpause the container before exec`);
    }
    const exec = prepareExec(engine, {
      container: record.id,
      command,
      env: readEnvironment(body.get('Env')),
      user: body.get('User').word(),
      workdir: body.get('WorkingDir').read((words) => readWorkdir(words)),
      tty: body.get('Tty').flag(),
      stdin: body.get('AttachStdin').flag(),
      stdout: body.get('AttachStdout').flag(),
      stderr: body.get('AttachStderr').flag(),
      privileged: body.get('Privileged').flag(),
      detachKeys: body.get('DetachKeys').word(),
    });
    return json({ Id: exec.id }, 201);
  },
});
