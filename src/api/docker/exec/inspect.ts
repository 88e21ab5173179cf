import { endedState, execState, findExec } from '../../../engine/containers/prepared-execs.ts';
import { json } from '../../route/reply.ts';
import { param } from '../../route/request.ts';
import { defineRoute } from '../../route/route.ts';
import { aFlag, aNumber, anObject, aText, objectOf, orNull } from '../../route/schema.ts';

export const route = defineRoute({
  summary: 'Show a prepared command',
  answers: {
    200: {
      about: 'the command',
      schema: objectOf({
        ID: aText,
        Running: aFlag,
        ExitCode: orNull(aNumber),
        ProcessConfig: anObject,
        ContainerID: aText,
        Pid: aNumber,
      }),
    },
  },
  async handle(request) {
    const exec = findExec(request.engine, param(request, 'exec'));
    // podman's clients take the exit code as soon as the stream has ended, and never ask again.
    const look = request.api === 'libpod' ? endedState : execState;
    const state = await look(request.engine, exec);
    const [entrypoint = '', ...words] = exec.command;
    return json({
      ID: exec.id,
      Running: state.kind === 'running',
      ExitCode: state.kind === 'ended' ? state.exitCode : null,
      ProcessConfig: {
        tty: exec.tty,
        entrypoint,
        arguments: words,
        privileged: exec.privileged,
        ...(exec.user !== null && { user: exec.user }),
      },
      OpenStdin: exec.stdin,
      OpenStderr: exec.stderr,
      OpenStdout: exec.stdout,
      CanRemove: state.kind === 'ended',
      ContainerID: exec.container,
      DetachKeys: exec.detachKeys ?? '',
      Pid: state.kind === 'running' ? state.pid : 0,
    });
  },
});
