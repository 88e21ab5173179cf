import { defineCommand } from '../command.ts';

/** The descriptor on which requests come (addon/api). */
const channel = 3;

export const command = defineCommand({
  name: 'system-service-worker',
  noun: 'system',
  summary: 'Serve requests of the API that an acceptor hands over',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [],
  description: ["Started by 'bryo system service' with a channel on descriptor 3."],
  examples: [],
  async run({ context }) {
    const { runWorker } = await import('../../api/worker.ts');
    const createCommands = async () =>
      (await import('../generate/create-command.ts')).createCommandReader(context.globalWords);
    await runWorker({ engine: context.engine, createCommands }, channel);
    return 0;
  },
});
